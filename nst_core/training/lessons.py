"""Which lessons each kind of network takes: one for the file that all styles share, one for a style's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nst_core.training import adain, johnson, johnson_many, nstn, stylebank, toile_fast
from nst_core.training.lesson import Lesson
from nst_core.training.subject import Subject

MakeLesson = Callable[[Any, Subject], Lesson]


@dataclass(frozen=True)
class Lessons:
    """A kind's trainings; None where it has no such file (:data:`configs.network.PIECES`).

    Args:
        shared, style: what makes the lesson of either file.
        learns_from: photos, or :mod:`pairs <.pairs>` of laid cloth and what ``train.against`` makes of it.
    """

    shared: MakeLesson | None
    style: MakeLesson | None
    learns_from: Literal["photos", "pairs"] = "photos"


LESSONS: dict[str, Lessons] = {
    "adain": Lessons(shared=adain.shared_lesson, style=None),
    "johnson": Lessons(shared=None, style=johnson.style_lesson),
    "johnson-many": Lessons(johnson_many.shared_lesson, johnson_many.style_lesson),
    "nstn": Lessons(shared=None, style=nstn.style_lesson),
    "stylebank": Lessons(stylebank.shared_lesson, stylebank.style_lesson),
    "stylebank-paper": Lessons(stylebank.paper_shared_lesson, stylebank.paper_style_lesson),
    "toile-fast": Lessons(shared=toile_fast.shared_lesson, style=None, learns_from="pairs"),
}
