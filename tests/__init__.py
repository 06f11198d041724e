"""The laws of Toile, one folder a package."""
