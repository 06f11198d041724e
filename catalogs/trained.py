"""Which weights a recipe's trained networks have for styles, as designs are named by them, and what lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from catalogs.further import MOTIF
from catalogs.nearest import MAX_SUGGESTIONS, nearest
from configs.model_card import ModelCard
from configs.network import NETWORK_KINDS, ONE_STYLE, NetworkPart
from configs.recipe import Recipe

# By model, then by style_id, "" for the file that a model's styles share.
Cards = Mapping[str, Mapping[str, ModelCard]]
NO_CARDS: Cards = MappingProxyType({})
UNTRAINED = "network_untrained"
KNOWS_ONE_STYLE = "network_one_style"
_MOST_NAMES = 3


@dataclass(frozen=True)
class PlannedWeights:
    """What a design was planned with of one network: sha256s, "" where it has no such file.

    Attributes:
        shared: of the file that all its styles share.
        styles: (style_id, sha256) of the own file of each of the design's styles, its first first.
    """

    shared: str = ""
    styles: tuple[tuple[str, str], ...] = ()


class StyleWeights:
    """Tells what a recipe's trained networks have for designs, and of which styles they have nothing.

    Attributes:
        lacking: by style_id, of those asked about, why nothing can be painted in it: a sentence.
    """

    def __init__(self, recipe: Recipe, cards: Cards) -> None:
        self._recipe = recipe
        self._cards = cards
        self.lacking: dict[str, str] = {}

    def of(self, style_ids: Sequence[str]) -> str:
        """Return the sha256 of each file that a design in these styles is painted with, joined by +.

        "" where one lacks, which then is in ``lacking``.
        """
        found: list[str] = []
        for part in models_of(self._recipe):
            there = self._cards.get(part.model_name, {})
            for style_id in style_ids:
                if problem := self.lacking.get(style_id) or self._problem(part, style_id, there):
                    self.lacking[style_id] = problem
                    return ""
            names = [*([""] if part.pieces.shared else []), *(style_ids if part.pieces.style else ())]
            found += [there[name].weights_sha256 for name in names]
        return "+".join(found)

    def _problem(self, part: NetworkPart, style_id: str, there: Mapping[str, ModelCard]) -> str:
        """Return why a network cannot paint a style; "" where it can."""
        model, train = part.model_name, f"`toile train {_own_name(self._recipe)}"
        shared = there.get("") if part.pieces.shared else None
        if part.pieces.shared and shared is None:
            return f"the network {model!r} has no file yet that its styles share; {train}` trains it"
        own = there.get(style_id) if part.pieces.style else None
        if part.pieces.style and own is None:
            # To look for names alike costs a comparison with each: after so many, the slip is systematic.
            near = len(self.lacking) < MAX_SUGGESTIONS
            return (
                f"there is no network {model!r} trained for the style {style_id!r}; "
                f"{_trained(style_id, sorted(filter(None, there)), near=near)}; "
                f"{train} --style {style_id}` trains it"
            )
        for card in filter(None, (shared, own)):
            if card.kind != part.kind:
                return (
                    f"models/{model}/ holds a network of kind {card.kind}, and the recipe "
                    f"{self._recipe.name} asks for {part.kind}; give one of the two another name "
                    f"(network: {{model: …}})"
                )
        if shared is not None and own is not None and own.shared_sha256 != shared.weights_sha256:
            return (
                f"the network {model!r} was trained for the style {style_id!r} beside another shared file "
                f"than there is now; {train} --style {style_id}` trains it again"
            )
        return ""


def several_refused(recipe: Recipe, styles: str) -> str:
    """Return why a recipe's trained networks cannot paint a design of several styles; "" where they can.

    Args:
        recipe: the design's.
        styles: the design's, in words.
    """
    part = next((one for one in models_of(recipe) if one.kind in ONE_STYLE), None)
    if part is None:
        return ""
    return (
        f"the recipe {recipe.name} paints through a network of kind {part.kind}, which knows one style, and "
        f"the design has several: {styles}; take a recipe that optimises, or one with a network of a kind "
        f"that takes several ({', '.join(one for one in NETWORK_KINDS if one not in ONE_STYLE)})"
    )


def models_of(recipe: Recipe) -> tuple[NetworkPart, ...]:
    """Return a recipe's trained networks, one of each model."""
    found: dict[str, NetworkPart] = {}
    for part in recipe.trained:
        found.setdefault(part.model_name, part)
    return tuple(found.values())


def planned_weights(recipe: Recipe, planned: Mapping[str, Any]) -> dict[str, PlannedWeights]:
    """Return which weights a design was planned with, by model, as its row says.

    The column ``weights_sha256`` has that of each backbone; then, of each trained network, that of the file
    which its styles share and those of the styles' own, the first's and the further ones', as far as it has
    them, joined by +.

    Args:
        recipe: the design's.
        planned: its row of the plan or the manifest.
    """
    left = iter(str(planned["weights_sha256"]).split("+")[len(recipe.networks) :])
    further = [one["style_id"] for one in planned["further_styles"] or () if one["region"] != MOTIF]
    found: dict[str, PlannedWeights] = {}
    for part in models_of(recipe):
        shared = next(left, "") if part.pieces.shared else ""
        style_ids = (planned["style_id"], *further) if part.pieces.style else ()
        found[part.model_name] = PlannedWeights(shared, tuple((name, next(left, "")) for name in style_ids))
    return found


def _own_name(recipe: Recipe) -> str:
    """Return what its file is called: a batch that crosses it with repeats names it after them."""
    return recipe.name.removesuffix(f".{recipe.cloth.repeat}") if recipe.cloth is not None else recipe.name


def _trained(style_id: str, trained: list[str], *, near: bool) -> str:
    if not trained:
        return "no style has one yet"
    close = nearest(style_id, trained, at_most=_MOST_NAMES) if near else []
    names = ", ".join(map(repr, close or trained[:_MOST_NAMES]))
    return f"the nearest that have one are {names}" if close else f"those that have one are {names}"
