"""A catalog to try everything on, drawn by our own code: garments with masks, and textiles."""

from catalogs.demo.drawing import DemoRefused, DemoSummary, draw_demo

__all__ = ["DemoRefused", "DemoSummary", "draw_demo"]
