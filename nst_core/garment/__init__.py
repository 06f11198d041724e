"""The garment a cloth is laid on: its mask, its shading, and the way back into the photo."""

from nst_core.garment.relight import relight

__all__ = ["relight"]
