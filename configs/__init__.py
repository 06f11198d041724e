"""The floor: frozen, checked settings for recipes, batches and storage; loading one needs no torch."""
