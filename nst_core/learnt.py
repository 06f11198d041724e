"""What a network cannot paint that was trained for one style: another picture of it, other colours."""

from __future__ import annotations

from configs.errors import ConfigError
from configs.model_card import read_card
from configs.network import NetworkPart
from configs.recipe import Recipe
from nst_core.codec import decode
from nst_core.design import DesignJob
from nst_core.errors import NetworkRefused
from nst_core.memo import Memo, fingerprint
from nst_core.networks import WeightsFile, field_means, is_the_picture_of, pixels_sha256

KEPT_PICTURES = 32


class LearntStyles:
    """Holds designs against what the networks of their recipes have learnt. Thread-safe."""

    def __init__(self) -> None:
        self._pictures: Memo[tuple[str, tuple[float, ...]]] = Memo(KEPT_PICTURES)

    def check(self, job: DesignJob, recipe: Recipe) -> None:
        """Refuse a design that its networks would silently paint in something else than what it asks for.

        Raises:
            NetworkRefused: a style's picture has changed since a network learnt it, or the design takes
                colours that the network never saw, or a card cannot be read.
            ImageRefused: a style is no picture that we take.
        """
        found = dict(job.networks)
        for part in recipe.trained:
            files = found.get(part.model_name)
            if files is None or files.style is None:
                continue
            _check_colours(job, part)
            self._check_picture(job.style, job.style_name, part, files.style)
            for one, file in zip(job.further, files.further, strict=False):
                self._check_picture(one.data, one.name, part, file)

    def _check_picture(self, data: bytes, name: str, part: NetworkPart, file: WeightsFile) -> None:
        try:
            card = read_card(file.card, name=f"{file.name}'s card")
        except ConfigError as error:
            raise NetworkRefused(str(error), file=file.name) from None

        def seen() -> tuple[str, tuple[float, ...]]:
            rgb = decode(data, name=name).rgb
            return pixels_sha256(rgb), field_means(rgb)

        if (learnt := card.style_pixels_sha256) is None:
            return
        there, means = self._pictures.get(fingerprint(data), seen)
        if not is_the_picture_of(card, there, means):
            raise NetworkRefused(
                f"{name} has other pixels than the picture that the network {part.model_name!r} "
                f"was trained for ({there[:12]}…, its card says {learnt[:12]}…): train it again with `toile "
                f"train`, or put the old picture back",
                file=file.name,
            )


def _check_colours(job: DesignJob, part: NetworkPart) -> None:
    if job.palette is not None:
        raise NetworkRefused(
            f"the network {part.model_name!r} knows {job.style_name} in its own colours, and the design asks "
            f"for those of {job.palette_name}; ask for a colorway, or take a recipe that optimises"
        )
