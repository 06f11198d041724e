"""The funnel: which previews count, which of them are promoted, and how a batch's plan grows by its stages.

Tables alone (numpy, pyarrow): what painting gave comes in, rows of a plan go out.
"""
