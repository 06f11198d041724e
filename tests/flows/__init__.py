"""The laws of a night's work."""
