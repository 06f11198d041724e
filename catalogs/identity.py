"""Who a design is: a hash of everything that decides its pixels, never a name or a position."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

ID_DIGITS = 32
ID_BYTES = ID_DIGITS // 2
# Part of every hash: raise it when the list of ingredients below changes.
_RECIPE_OF_THE_HASH = "toile-design-1"


def design_id(
    *,
    content_sha256: str,
    style_sha256: str,
    recipe_hash: str,
    size_px: int,
    seed: int,
    weights_sha256: str,
    engine_version: str,
    mask_sha256: str = "",
    protect_sha256: str = "",
    motif_share: float | None = None,
    palette_sha256: str = "",
    further: bytes = b"",
    colorway: str = "",
) -> str:
    """Return the design's id: the first 32 hex digits of a sha256 over one line an ingredient.

    ``mask_sha256`` is "" and ``motif_share`` None where the recipe does not look at them, so that a mask
    added to the catalog renames no design that is painted without one. ``further`` are the lines of
    ``further_ingredient``, ``regions_ingredient`` and ``network_ingredient``.
    """
    group = group_ingredients(
        recipe_hash=recipe_hash,
        size_px=size_px,
        seed=seed,
        weights_sha256=weights_sha256,
        engine_version=engine_version,
        colorway=colorway,
    )
    pair = content_ingredients(content_sha256, mask_sha256, protect_sha256) + style_ingredients(style_sha256)
    rest = motif_ingredient(motif_share) + palette_ingredient(palette_sha256) + further
    return hashlib.sha256(group + pair + rest).hexdigest()[:ID_DIGITS]


def group_ingredients(
    *, recipe_hash: str, size_px: int, seed: int, weights_sha256: str, engine_version: str, colorway: str = ""
) -> bytes:
    """Return what all pairs of a group share, as it enters the hash."""
    lines = (
        _RECIPE_OF_THE_HASH,
        engine_version,
        weights_sha256,
        recipe_hash,
        str(size_px),
        colorway,
        str(seed),
    )
    return "".join(f"{line}\n" for line in lines).encode()


def content_ingredients(content_sha256: str, mask_sha256: str, protect_sha256: str = "") -> bytes:
    """Return a content image's lines in the hash; what came later has a line only where it is used."""
    protected = f"protect {protect_sha256}\n" if protect_sha256 else ""
    return f"{content_sha256}\n{mask_sha256}\n{protected}".encode()


def style_ingredients(style_sha256: str) -> bytes:
    """Return a style image's line in the hash."""
    return f"{style_sha256}\n".encode()


def motif_ingredient(motif_share: float | None) -> bytes:
    """Return the motif scale's line in the hash: six significant digits, empty where unknown."""
    return b"\n" if motif_share is None else f"{motif_share:.6g}\n".encode()


def repeat_ingredient(repeat_share: float | None) -> bytes:
    """Return the line of a tile's width over the garment's in the hash; nothing where it is unknown."""
    return b"" if repeat_share is None else f"repeat {repeat_share:.6g}\n".encode()


def palette_ingredient(palette_sha256: str) -> bytes:
    """Return the palette's line in the hash; nothing without one, so that it renames no other design."""
    return f"palette {palette_sha256}\n".encode() if palette_sha256 else b""


def further_ingredient(sha256: str, share: float, region: str, motif_ratio: float | None) -> bytes:
    """Return a further textile's line in the hash."""
    scale = "" if motif_ratio is None else f"{motif_ratio:.6g}"
    return f"style {sha256} {share:.6g} {region} {scale}\n".encode()


def regions_ingredient(regions_sha256: str) -> bytes:
    """Return the line of a map of regions in the hash."""
    return f"regions {regions_sha256}\n".encode()


def network_ingredient(weights_sha256: str) -> bytes:
    """Return the line of trained networks' weights in the hash; nothing where a recipe has none."""
    return f"network {weights_sha256}\n".encode() if weights_sha256 else b""


def digest_pairs(
    group: bytes,
    contents: Sequence[bytes],
    styles: Sequence[bytes],
    rests: Sequence[bytes],
    pairs: Sequence[Sequence[int]],
) -> bytes:
    """Return the ids of a whole group as raw bytes, 16 a pair, equal to ``design_id`` of each pair.

    About half a µs a pair: what comes before the style in the hash is computed once a garment and copied.

    Args:
        group: of ``group_ingredients``.
        contents: of ``content_ingredients``, by position; the last also by -1.
        styles: of ``style_ingredients``, by position.
        rests: of ``motif_ingredient`` and what follows it, by position.
        pairs: three columns: positions of content, style and rest.
    """
    begun = {content: hashlib.sha256(group + contents[content]).copy for content in set(pairs[0])}
    digests = []
    for content, style, rest in zip(*pairs, strict=True):
        pair = begun[content]()
        pair.update(styles[style] + rests[rest])
        digests.append(pair.digest()[:ID_BYTES])
    return b"".join(digests)


def failed_id(*parts: str) -> str:
    """Return the id of a row that can never be painted: a hash of what the row says it is."""
    return hashlib.sha256("\n".join(("toile-failed-1", *parts)).encode()).hexdigest()[:ID_DIGITS]
