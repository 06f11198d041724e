"""The engine's laws."""
