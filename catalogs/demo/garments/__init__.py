"""The garments of the demo catalog, each photographed once."""
