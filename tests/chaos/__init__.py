"""Nights on a real stack whose parts are killed at random, and what is left in the bucket after it.

``tests/chaos/test_chaos.py`` is the short form; ``make chaos`` is the long one and prints the counts.
"""
