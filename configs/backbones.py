"""Which backbones there are and what their layers are called, so that a recipe is checked without torch."""


def _vgg(*convolutions: int) -> tuple[str, ...]:
    return tuple(
        f"relu{block}_{index}" for block, count in enumerate(convolutions, 1) for index in range(1, count + 1)
    )


BACKBONE_LAYERS: dict[str, tuple[str, ...]] = {
    "vgg16": _vgg(2, 2, 3, 3, 3),
    "vgg19": _vgg(2, 2, 4, 4, 4),
    "resnet50": ("stem", "layer1", "layer2", "layer3", "layer4"),
}
