"""How networks are trained: photos, lessons, one loop with checkpoints for all kinds."""

from nst_core.training.checkpoint import Check, Checkpoint
from nst_core.training.lesson import Drawn, Lesson
from nst_core.training.loop import Trained, train
from nst_core.training.photos import Photos, load_photos

__all__ = ["Check", "Checkpoint", "Drawn", "Lesson", "Photos", "Trained", "load_photos", "train"]
