"""Links that show one list to whoever has them, for a while, and nothing else."""

from catalogs.gallery.sharing.links import LONGEST_S, SHORTEST_S, address_of, give, opened, take_back

__all__ = ["LONGEST_S", "SHORTEST_S", "address_of", "give", "opened", "take_back"]
