"""What the networks look like: which layers there are, how far each one sees, how many channels it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from configs.backbones import LARGEST_STRIDE, SHRINKS, split_layer
from nst_core.errors import LayerUnknown, nearest_names

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

_VGG_CHANNELS = (64, 128, 256, 512, 512)
_VGG_BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


@dataclass(frozen=True)
class LayerShape:
    """A layer: ``channels`` maps with a position every ``stride`` px, each seeing ``receptive_field`` px.

    ``margin`` is how far a position sees beyond its own square of ``stride`` px, on the side where it sees
    furthest.
    """

    name: str
    channels: int
    stride: int
    receptive_field: int
    margin: int

    def shrunk(self, shrink: int) -> LayerShape:
        """Return the layer's shape over a picture that it sees ``shrink`` times smaller."""
        if shrink == 1:
            return self
        return LayerShape(
            f"{self.name}/{shrink}",
            self.channels,
            self.stride * shrink,
            self.receptive_field * shrink,
            self.margin * shrink,
        )


@dataclass(frozen=True)
class Architecture:
    """A network's name and its layers from shallow to deep."""

    name: str
    shapes: tuple[LayerShape, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """The names a recipe may use, shallow to deep."""
        return tuple(shape.name for shape in self.shapes)

    def shape(self, layer: str) -> LayerShape:
        """Return the shape of ``layer``; ``relu3_1/2`` is relu3_1 of the picture at half its size.

        Raises:
            LayerUnknown: there is none of that name; the message names the nearest.
        """
        name, shrink = split_layer(layer)
        for shape in self.shapes:
            if shape.name == name and (shrink == 1 or shrink * shape.stride <= LARGEST_STRIDE):
                return shape.shrunk(shrink)
        nearest = nearest_names(layer, (*self.layers, *self._coarse_layers()))
        raise LayerUnknown(
            f"{self.name} has no layer {layer!r}; the nearest names are {', '.join(map(repr, nearest))}",
            backbone=self.name,
            layer=layer,
            nearest=nearest,
        )

    def _coarse_layers(self) -> tuple[str, ...]:
        return tuple(
            f"{shape.name}/{shrink}"
            for shrink in SHRINKS
            for shape in self.shapes
            if shrink * shape.stride <= LARGEST_STRIDE
        )

    def deepest(self, layers: Sequence[str]) -> str:
        """Return the one of ``layers`` that lies deepest; raises LayerUnknown for a name that is none."""
        return max(layers, key=lambda layer: self.layers.index(self.shape(layer).name))


def vgg(name: str) -> Architecture:
    """Return VGG-16 or VGG-19: ``relu1_1`` … ``relu5_3`` (``relu5_4``), taken after the ReLU.

    Source:
        Simonyan, Zisserman (2015), "Very Deep Convolutional Networks for Large-Scale Image Recognition",
        table 1.
    """
    shapes = []
    stride, sees = 1, 1
    for block, (convolutions, channels) in enumerate(zip(_VGG_BLOCKS[name], _VGG_CHANNELS, strict=True), 1):
        for index in range(1, convolutions + 1):
            sees += 2 * stride
            shapes.append(LayerShape(f"relu{block}_{index}", channels, stride, sees, (sees - stride) // 2))
        sees += stride
        stride *= 2
    return Architecture(name, tuple(shapes))


def resnet50() -> Architecture:
    """Return ResNet-50: ``stem`` and the four stages, each taken after its last ReLU.

    Source:
        He, Zhang, Ren, Sun (2016), "Deep Residual Learning for Image Recognition", table 1; the stride sits
        in the 3×3 convolution, as torchvision has it.
    """
    # A convolution with a stride looks around the first px of its square, so that it sees half to the left.
    shapes = [LayerShape("stem", 64, 2, 7, 3)]
    stride, sees = 4, 11
    for stage, (blocks, channels) in enumerate(zip((3, 4, 6, 3), (256, 512, 1024, 2048), strict=True), 1):
        for block in range(blocks):
            sees += 2 * stride
            if stage > 1 and block == 0:
                stride *= 2
        shapes.append(LayerShape(f"layer{stage}", channels, stride, sees, sees // 2))
    return Architecture("resnet50", tuple(shapes))


ARCHITECTURES = {"vgg16": vgg("vgg16"), "vgg19": vgg("vgg19"), "resnet50": resnet50()}
