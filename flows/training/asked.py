"""What a training is asked for, and which files of weights that comes to, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalogs.models import model_cards
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.loading import load_recipe
from configs.network import NetworkPart
from configs.recipe import Recipe
from configs.rights import RightsPart


@dataclass(frozen=True)
class Asked:
    """What somebody wants trained.

    Attributes:
        recipe: its name or path, which has a ``network:`` block.
        styles: style ids.
        shared: the file that all styles share is trained anew, also where it is there.
        minutes: for each file; 0: as the recipe says.
        steps: for each file; 0: as the recipe says.
        anew: what was begun and not finished is dropped.
        compare: whether scores are taken beside an optimised design's.
        unlicensed: images whose licence cell is empty are learnt from too.
        content_catalog, style_catalog: keys without suffix; "": the usual ones.
    """

    recipe: str
    styles: tuple[str, ...] = ()
    shared: bool = False
    minutes: float = 0.0
    steps: int = 0
    anew: bool = False
    compare: bool = True
    unlicensed: bool = False
    content_catalog: str = ""
    style_catalog: str = ""

    @property
    def command(self) -> str:
        """The command line that asks for the same, but for where the bucket is."""
        words = ["toile train", self.recipe, *(f"--style {one}" for one in self.styles)]
        words += ["--shared"] if self.shared else []
        words += [f"--minutes {self.minutes:g}"] if self.minutes else []
        words += [f"--steps {self.steps}"] if self.steps else []
        words += [] if self.compare else ["--no-compare"]
        words += ["--unlicensed"] if self.unlicensed else []
        words += [f"--content-catalog {self.content_catalog}"] if self.content_catalog else []
        words += [f"--style-catalog {self.style_catalog}"] if self.style_catalog else []
        return " ".join(words)

    @property
    def rights(self) -> RightsPart:
        """What the images' licences have to allow: what a batch that says nothing wants."""
        return RightsPart(unlicensed="allow" if self.unlicensed else "refuse")


@dataclass(frozen=True)
class Piece:
    """One file of weights that is to be trained.

    Attributes:
        recipe: the recipe that paints through the network.
        part: its ``network:`` block, whose ``train:`` is this file's.
        style_ids: the style whose file it is; of a shared file all that it begins with.
        is_shared: whether it is the file that all styles share.
        steps: how many, at most.
    """

    recipe: Recipe
    part: NetworkPart
    style_ids: tuple[str, ...]
    is_shared: bool
    steps: int

    @property
    def model(self) -> str:
        """Folder of its weights under ``models/``."""
        return self.part.model_name

    @property
    def style_id(self) -> str:
        """Whose file it is; "" for the shared one."""
        return "" if self.is_shared else self.style_ids[0]

    @property
    def named(self) -> str:
        """What to call it in a sentence."""
        if self.is_shared:
            return f"what all styles of {self.model} share" if self.part.pieces.style else self.model
        return f"{self.model} of {self.style_id!r}"


def networks_of(asked: Asked) -> list[tuple[Recipe, NetworkPart]]:
    """Return the networks that a recipe paints through, each with the recipe that does so.

    Raises:
        ConfigError: there is no such recipe, it has no network, or its network has no such file.
    """
    recipe = load_recipe(asked.recipe)
    if not recipe.trained:
        raise ConfigError(
            f"the recipe {recipe.name} has no network: block, so there is nothing to train; `toile recipes "
            f"list` shows those that have one"
        )
    found = [(recipe if part is recipe.through else recipe.of_its_tile(), part) for part in recipe.trained]
    for _, part in found:
        load_recipe(part.train.against)
        if not _learns_something(part):
            raise ConfigError(
                f"the recipe {recipe.name} names no loss to learn by (network.train: content, style, "
                f"pixel_weight): it paints with the weights of {part.model_name!r}; train the recipe that "
                f"makes these, as `toile train {part.model_name}`"
            )
        if asked.shared and not part.pieces.shared:
            raise ConfigError(f"a network of kind {part.kind} has a file a style and none that all share")
    return [(painting, _as_asked(part, asked)) for painting, part in found]


def pieces_of(
    recipe: Recipe, part: NetworkPart, asked: Asked, known: Sequence[str], storage: Storage
) -> Iterator[Piece]:
    """Yield the files to be trained: what others need comes first.

    Args:
        recipe: paints through the network.
        part: its block.
        asked: what is wanted.
        known: every style id that may be learnt from.
        storage: where trained files are.

    Raises:
        ConfigError: nobody said which style.
    """
    pieces, train = part.pieces, part.train
    there = model_cards(storage, part.model_name)
    if pieces.style and not asked.styles and not asked.shared and (not pieces.shared or "" in there):
        learnt = ", ".join(sorted(filter(None, there))[:8]) or "none yet"
        again = ", or --shared to train what they share again" if pieces.shared else ""
        raise ConfigError(
            f"{part.model_name} has a file a style: say which with --style{again}. Trained: {learnt}. In the "
            f"catalog: {', '.join(known[:8])}{' …' if len(known) > 8 else ''}"
        )
    if pieces.shared and (asked.shared or not pieces.style or "" not in there):
        only = () if pieces.style else asked.styles
        yield Piece(recipe, part, only or tuple(known), is_shared=True, steps=asked.steps or train.steps)
    if pieces.style:
        own = train.of_a_style() if pieces.shared else train
        its_part = part.model_copy(update={"train": own})
        for style_id in asked.styles:
            yield Piece(recipe, its_part, (style_id,), is_shared=False, steps=asked.steps or own.steps)


def _learns_something(part: NetworkPart) -> bool:
    """Say whether a ``train:`` block has any loss: without one it uses what another recipe trains."""
    train = part.train
    return any(getattr(train, term, None) for term in ("content", "style", "motif", "tv", "pixel_weight"))


def _as_asked(part: NetworkPart, asked: Asked) -> NetworkPart:
    if not asked.minutes:
        return part
    return part.model_copy(update={"train": part.train.model_copy(update={"minutes": asked.minutes})})
