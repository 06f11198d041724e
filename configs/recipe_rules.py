"""Rules between the blocks of a recipe: what start, region and layers ask of the rest."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import get_args

from configs.backbones import BACKBONE_LAYERS, coarse_layers
from configs.cloth import ClothPart
from configs.controls import ControlsPart
from configs.fields import Broken, KeyPath, at
from configs.makers import AS_IS, NEW_CLOTH
from configs.nearest import nearest_name
from configs.network import IN_WEIGHTS, LOOKS_AT, MIXES, ONLY_CLOTH
from configs.optimise import OptimisePart

DEFAULT_BACKBONE = "vgg16"


def _terms_with(key: str) -> tuple[str, ...]:
    """Return the names of the blocks of ``optimise:`` that have a key."""
    return tuple(
        name
        for name, field in OptimisePart.model_fields.items()
        if any(key in getattr(kind, "model_fields", ()) for kind in get_args(field.annotation))
    )


TERMS_WITH_LAYERS = _terms_with("layers")
TERMS_WITH_REGION = _terms_with("region")


def broken_rules(raw: object) -> Iterator[Broken]:
    """Yield each rule that a recipe, or the mapping it is made from, breaks."""
    cloth, optimise, network = at(raw, "cloth"), at(raw, "optimise"), at(raw, "network")
    if cloth is None and optimise is None and network is None:
        yield Broken(
            (),
            "a recipe needs a cloth: block (lay a pattern), an optimise: or network: block (style transfer), "
            "or both",
        )
    yield from _cloth_rules(cloth)
    yield from _ink_rules(at(cloth, "inks"))
    yield from _yardage_rules(raw, cloth)
    if optimise is not None:
        yield from _optimise_rules(raw, optimise, ("optimise",))
    yield from _network_rules(raw, network, ("network",), instead_of="optimise")
    yield from _network_rules(raw, at(cloth, "network"), ("cloth", "network"), instead_of="refine")
    yield from unheard_controls(raw)
    refine = at(cloth, "refine")
    if refine is not None:
        yield from _optimise_rules(raw, refine, ("cloth", "refine"))
        yield from _tile_rules(refine)


def unheard_controls(raw: object) -> Iterator[Broken]:
    """Yield the controls of a recipe, or of the mapping it is made from, that change none of its pixels.

    They turn the textile's picture, and a network whose styles lie in its weights sees photos alone: a design
    would have another id, other scores and the same pixels.
    """
    kind, sees = at(raw, "network", "kind"), at(raw, "network", "sees") or "photo"
    if kind not in IN_WEIGHTS or sees != "photo":
        return
    for key, heard in (("motif_scale", ()), ("rotation_deg", ()), ("keep_colours", ("luma",))):
        value, at_rest = at(raw, "controls", key), ControlsPart.model_fields[key].default
        if value is not None and value != at_rest and value not in heard:
            yield Broken(
                ("controls", key),
                f"changes nothing where {kind} repaints the photo: the style lies in its weights, and it "
                f"sees no textile; leave it out, or let it see cloth (network: {{sees: cloth}} and cloth:)",
                got=value,
                allowed=(at_rest if isinstance(at_rest, str) else f"{at_rest:g}", *heard),
            )


def _cloth_rules(cloth: object) -> Iterator[Broken]:
    """Yield the keys of new cloth beside a maker that makes none."""
    maker = at(cloth, "maker") or ClothPart.model_fields["maker"].default
    if maker not in AS_IS or cloth is None:
        return
    for key in ("repeat", "repeat_width_mm", "repeat_aspect", "candidates", "refine", "network", "inks"):
        value = at(cloth, key)
        if value is not None and value != ClothPart.model_fields[key].default:
            yield Broken(
                ("cloth", key), f"belongs to new cloth, and maker is {maker}", got=maker, allowed=NEW_CLOTH
            )


def _tile_rules(refine: object) -> Iterator[Broken]:
    """Yield what remembers the picture on its way: a tile is seen from another corner every few steps."""
    for key in ("combined", "balance"):
        if at(refine, key) is not None:
            yield Broken(("cloth", "refine", key), "does not go together with a tile that has no edge")


def _ink_rules(inks: object) -> Iterator[Broken]:
    if inks is None:
        return
    where, count, palette = ("cloth", "inks"), at(inks, "count"), at(inks, "palette")
    if count is None and palette is None:
        yield Broken(where, "say how many inks (count: 6), or which (palette: ['#1a2b3c', …])")
    if not isinstance(palette, list | tuple) or not all(isinstance(colour, str) for colour in palette):
        return
    different = len({colour.removeprefix("#").lower() for colour in palette})
    if different < len(palette):
        yield Broken((*where, "palette"), "names a colour twice: each ink is a plate of its own", got=palette)
    elif isinstance(count, int) and count > len(palette):
        yield Broken((*where, "count"), f"the palette has {len(palette)} inks", got=count)


def _yardage_rules(raw: object, cloth: object) -> Iterator[Broken]:
    if at(raw, "kind") != "yardage":
        return
    if at(cloth, "maker") not in NEW_CLOTH:
        yield Broken(
            ("cloth", "maker"), "a yardage recipe makes new cloth", got=at(cloth, "maker"), allowed=NEW_CLOTH
        )
    for block, instead in (
        ("garment", "it has no garment"),
        ("optimise", "write it under cloth.refine"),
        ("network", "write it under cloth.network"),
    ):
        if at(raw, block) is not None:
            yield Broken((block,), f"a yardage recipe has no {block}: block; {instead}")


def _optimise_rules(raw: object, optimise: object, where: KeyPath) -> Iterator[Broken]:
    if at(optimise, "start") == "cloth" and at(raw, "cloth") is None:
        yield Broken(
            (*where, "start"),
            "cloth needs a cloth: block; add one, or start from the content image or noise",
            got="cloth",
            allowed=("content", "noise"),
        )
    for term in TERMS_WITH_REGION:
        if at(optimise, term, "region") == "garment" and (where[0] == "cloth" or at(raw, "garment") is None):
            yield Broken(
                (*where, term, "region"),
                "garment needs a garment: block; add one, or compare the whole picture",
                got="garment",
                allowed=("picture",),
            )
    if at(optimise, "content") is None and at(optimise, "style") is None:
        yield Broken(where, "there is nothing to optimise; add a style: or a content: block")
    missing = [term for term in ("content", "style") if at(optimise, term) is None]
    if at(optimise, "balance") is not None and missing:
        yield Broken(
            (*where, "balance"),
            f"dynamic weights need a style: and a content: block, and {' and '.join(missing)}: is missing; "
            "add it, or remove balance:",
        )
    yield from _scales(at(optimise, "scales_px"), where)
    yield from _layers(raw, optimise, where)


def _network_rules(raw: object, network: object, where: KeyPath, *, instead_of: str) -> Iterator[Broken]:
    """Yield what a network's block asks of the rest of a recipe."""
    if network is None:
        return
    of_cloth, kind = where[0] == "cloth", at(network, "kind")
    if at(raw, *map(str, where[:-1]), instead_of) is not None:
        yield Broken(where, f"takes the place of {instead_of}:; leave out one of the two")
    sees = at(network, "sees") or "photo"
    has_cloth = at(raw, "cloth") is not None
    if sees == "cloth" and not has_cloth:
        yield Broken((*where, "sees"), "cloth needs a cloth: block; add one", got=sees, allowed=("photo",))
    if sees == "photo" and has_cloth:
        yield Broken((*where, "sees"), "photo would leave out what cloth: lays", got=sees, allowed=("cloth",))
    if of_cloth is False and kind in ONLY_CLOTH and sees == "photo":
        yield Broken((*where, "sees"), f"{kind} changes cloth", got=sees, allowed=("cloth",))
    share = at(network, "style_share")
    if isinstance(share, int | float) and share < 1 and isinstance(kind, str) and kind not in MIXES:
        yield Broken(
            (*where, "style_share"), f"{kind} goes all the way or not at all", got=share, allowed=("1",)
        )
    layer, backbone = LOOKS_AT.get(str(kind)), at(raw, "backbone") or DEFAULT_BACKBONE
    if layer is not None and layer not in BACKBONE_LAYERS.get(str(backbone), (layer,)):
        having = tuple(name for name, layers in BACKBONE_LAYERS.items() if layer in layers)
        yield Broken(("backbone",), f"{kind} looks at {layer}", got=backbone, allowed=having)
    train = at(network, "train")
    if train is not None:
        yield from _layers(raw, train, (*where, "train"))


def _scales(scales: object, where: KeyPath) -> Iterator[Broken]:
    if not isinstance(scales, list | tuple) or not all(isinstance(scale, int) for scale in scales):
        return
    if any(after <= before for before, after in pairwise(scales)):
        yield Broken((*where, "scales_px"), "must grow from coarse to fine", got=list(scales))


def _layers(raw: object, optimise: object, where: KeyPath) -> Iterator[Broken]:
    backbone = at(raw, "backbone") or DEFAULT_BACKBONE
    known = BACKBONE_LAYERS.get(backbone) if isinstance(backbone, str) else None
    if known is None:
        return
    coarse = coarse_layers(backbone)
    for term in TERMS_WITH_LAYERS:
        layers = at(optimise, term, "layers")
        if isinstance(layers, Mapping):
            places = [(name, name) for name, weight in layers.items() if weight is not None]
        elif isinstance(layers, list | tuple):
            places = list(enumerate(layers))
        else:
            continue
        for place, layer in places:
            if isinstance(layer, str) and layer not in known and layer not in coarse:
                yield Broken(
                    (*where, term, "layers", place),
                    f"{backbone} has no layer {layer!r}",
                    got=layer,
                    allowed=known,
                    nearest=nearest_name(_in_our_words(layer), (*known, *coarse)),
                )


def _in_our_words(layer: str) -> str:
    """Return ``relu3_1`` for what papers and Keras call it: ``conv3_1``, ``block3_conv1``."""
    return re.sub(r"^(?:conv|block)(\d)_(?:conv)?(\d)(?=/|$)", r"relu\1_\2", layer.casefold())
