"""Shards painted by the machines of a Ray cluster; the only package that knows Ray."""
