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
# A small trained head on its features helps to find garments, whatever a recipe paints with.
MASK_BACKBONE = "vgg16"
# "relu3_1/2" is relu3_1 of the picture at half its size. Pictures are multiples of 16 px: no layer may have
# fewer positions than one every 16 px of the full size.
SHRINKS = (2, 4)
LARGEST_STRIDE = 16
_STRIDES = {"stem": 2, "layer1": 4, "layer2": 8, "layer3": 16, "layer4": 32}


def split_layer(layer: str) -> tuple[str, int]:
    """Return a layer's own name and how many times smaller it sees the picture: ``relu3_1/2`` → relu3_1, 2.

    What is no such name comes back as it is, with 1.
    """
    name, slash, shrink = layer.partition("/")
    if slash and shrink in map(str, SHRINKS):
        return name, int(shrink)
    return layer, 1


def coarse_layers(backbone: str) -> tuple[str, ...]:
    """Return the layers of a backbone at half and quarter size: ``relu1_1/2`` … ``relu3_3/4``."""
    return tuple(
        f"{layer}/{shrink}"
        for shrink in SHRINKS
        for layer in BACKBONE_LAYERS[backbone]
        if shrink * _stride(layer) <= LARGEST_STRIDE
    )


def _stride(layer: str) -> int:
    return _STRIDES[layer] if layer in _STRIDES else 2 ** (int(layer[len("relu")]) - 1)
