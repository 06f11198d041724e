"""Tensors and bytes in, tensors and bytes out: how a design is painted and judged."""
