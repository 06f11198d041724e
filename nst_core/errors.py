"""Everything the engine can refuse or fail at, as one tree.

::

    EngineError                  engine_error       the root: catch this to turn a failure into a row
    ├── ImageRefused             (the codec's word) bytes that are no picture we take
    ├── PaletteRefused           (what is amiss)    a palette file that is none, or too few or many colours
    ├── InksImpossible           (what is amiss)    a picture, repeat or size that cannot be separated so
    ├── PressRefused             (what is amiss)    a profile or a size that cannot be printed
    ├── ClothUnsuitable          (what is amiss)    a textile that a maker of new cloth cannot work with
    ├── BackboneUnknown          backbone_unknown   no such network
    ├── LayerUnknown             layer_unknown      no such layer in that network
    ├── LossUnknown              loss_unknown       no such loss
    ├── RepeatUnknown            repeat_unknown     a network that cannot look at a tile that repeats
    ├── WholePictureNeeded       whole_needed       a loss that cannot look at a picture part by part
    ├── WeightsMissing           weights_missing    the file is nowhere; the message says how to get it
    ├── WeightsCorrupt           weights_corrupt    the file is there and is not what it should be
    ├── NetworkUntrained         network_untrained  no trained network for this style; how to train one
    ├── NetworkRefused           network_refused    a trained network's files are not what they should be
    ├── TrainingImpossible       (what is amiss)    photos, style or settings that nothing can be learnt from
    ├── NonFinite                nonfinite          the optimisation left the real numbers
    ├── Stopped                  stopped            the caller asked to stop between two steps
    └── OutOfMemory              out_of_memory      one sample alone does not fit

``code`` is a short snake_case word for the manifest. Every error survives pickling between workers with its
message and extras.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class EngineError(Exception):
    """Something the engine could not do: a whole sentence, a ``code`` for the manifest, and the facts.

    Args:
        message: what happened, what was got, what to do; shown to a person as it is.
        code: short snake_case word; each class has its own, a codec's refusal brings one.
        extras: plain values that a report may want besides the sentence.
    """

    code: str = "engine_error"

    def __init__(self, message: str, *, code: str | None = None, **extras: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extras = extras
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.message, self.code, self.extras)


class ImageRefused(EngineError):
    """The bytes are not a picture that we take; ``code`` says why, ``name`` says which."""

    code: str = "image_refused"

    def __init__(self, message: str, *, code: str, name: str, **extras: Any) -> None:
        super().__init__(message, code=code, name=name, **extras)
        self.name = name


class PaletteRefused(EngineError):
    """A palette that cannot be printed from; ``code`` says why, ``name`` says which file."""

    code: str = "palette_refused"

    def __init__(self, message: str, *, code: str, name: str, **extras: Any) -> None:
        super().__init__(message, code=code, name=name, **extras)
        self.name = name


class InksImpossible(EngineError):
    """A separation that cannot be: ``code`` says what is amiss (``ink_count``, ``size_and_repeat``)."""

    code: str = "inks_impossible"


class PressRefused(EngineError):
    """A file for the press that cannot be; ``code`` says what is amiss (``too_large``)."""

    code: str = "press_refused"


class ClothUnsuitable(EngineError):
    """A textile that a maker of new cloth can make nothing good of: the design is left out, not failed.

    ``code`` says what is amiss (``motifs_touch``), the message which makers may suit the textile better.
    """

    code: str = "cloth_unsuitable"


class BackboneUnknown(EngineError):
    """No network of that name."""

    code: str = "backbone_unknown"


class LayerUnknown(EngineError):
    """The network has no layer of that name."""

    code: str = "layer_unknown"


class LossUnknown(EngineError):
    """No loss of that name, or a loss without what it needs."""

    code: str = "loss_unknown"


class RepeatUnknown(EngineError):
    """The network pads with zeros and cannot see a tile's neighbours."""

    code: str = "repeat_unknown"


class WholePictureNeeded(EngineError):
    """A loss cannot be worked out part by part, and the picture is too large to be looked at whole."""

    code: str = "whole_needed"


class WeightsMissing(EngineError):
    """The weights are nowhere on this machine; the message says how to get them."""

    code: str = "weights_missing"


class WeightsCorrupt(EngineError):
    """A weights file is damaged, is not the one recorded, or holds other tensors than the network needs."""

    code: str = "weights_corrupt"


class NetworkUntrained(EngineError):
    """A recipe paints through a trained network, and there is none for this style."""

    code: str = "network_untrained"


class NetworkRefused(EngineError):
    """Files of a trained network without a card, damaged, of another kind, or not belonging together."""

    code: str = "network_refused"


class TrainingImpossible(EngineError):
    """A training that cannot be: ``code`` says what is amiss (``too_few_photos``, ``diverged``)."""

    code: str = "training_impossible"


class NonFinite(EngineError):
    """The sample's loss or gradient became NaN or infinite."""

    code: str = "nonfinite"


class Stopped(EngineError):
    """The caller asked the optimisation to stop; nothing of the sample was kept."""

    code: str = "stopped"


class OutOfMemory(EngineError):
    """One sample alone does not fit into the device's memory."""

    code: str = "out_of_memory"


def nearest_names(got: str, known: Iterable[str], *, at_most: int = 3) -> list[str]:
    """Return the known names that look most like ``got``, best first; never empty unless ``known`` is."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(got.casefold(), list(folded), n=at_most, cutoff=0.5)
    return [folded[name] for name in close] or names[:at_most]


def _revive(kind: type[EngineError], message: str, code: str, extras: Mapping[str, Any]) -> EngineError:
    return kind(message, code=code, **extras)
