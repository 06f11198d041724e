"""What a design says about itself inside its file: what it was made from, how, and that a machine made it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from catalogs.report.naming import named
from catalogs.report.words import plain
from catalogs.usage import attribution_lines, terms_address, usage_terms
from configs.recipe import Recipe
from flows.marking.xmp import Localised, Value, xmp_packet
from flows.shards.rows import PlanRow, RunFacts
from nst_core.codec import read_png_text
from nst_core.errors import ImageRefused

# Keyword of the PNG's text chunk that holds the design's row of the manifest, as JSON.
ROW_KEYWORD = "toile:row"
XMP_KEYWORD = "XML:com.adobe.xmp"
# What it was painted with: versions by package, as JSON.
ENVIRONMENT_KEYWORD = "toile:environment"

# The International Press Telecommunications Council's words for how a picture came to be:
# https://cv.iptc.org/newscodes/digitalsourcetype/
IPTC_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OPTIMISED = f"{IPTC_SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
LAID_ONLY = f"{IPTC_SOURCE_TYPES}composite"


def digital_source_type(recipe: Recipe) -> str:
    """Return IPTC's word for a recipe's designs: a trained network had a part in it, or only put together."""
    refined = recipe.cloth is not None and recipe.cloth.refine is not None
    return OPTIMISED if recipe.optimise is not None or refined or recipe.trained else LAID_ONLY


def design_xmp(row: PlanRow, facts: RunFacts, *, source_type: str) -> str:
    """Return a design's XMP packet, the same for its image, its thumbnail and whatever is exported from it.

    Args:
        row: of the manifest.
        facts: which program, and what the house says about its rights.
        source_type: of ``digital_source_type``.
    """
    sources = sources_of(row)
    terms = usage_terms(row, statement=facts.statement)
    made_at = row.get("rendered_at_utc")
    properties: dict[str, Value] = {
        "Iptc4xmpExt:DigitalSourceType": source_type,
        "dc:title": Localised(design_title(row)),
        "dc:identifier": row["design_id"],
        "dc:source": "; ".join(told for told, _, _ in sources),
        "dc:rights": Localised(facts.statement or terms),
        "xmpRights:Marked": "True" if terms else "",
        "xmpRights:UsageTerms": Localised(terms),
        "xmpRights:WebStatement": terms_address(row, statement_url=facts.statement_url),
        "photoshop:Credit": row.get("credit") or "",
        "xmp:CreatorTool": f"{facts.tool}, engine {row.get('engine_version')}, recipe {row.get('recipe')}",
        "xmp:CreateDate": made_at.isoformat() if made_at else "",
        "xmpMM:Ingredients": [
            {"stRef:filePath": key, "stRef:documentID": f"sha256:{sha256}"} for _, key, sha256 in sources
        ],
        "toile:Attribution": list(attribution_lines(row)),
    }
    if source_type == OPTIMISED:
        properties["Iptc4xmpExt:AISystemUsed"] = "Toile, neural style transfer"
        properties["Iptc4xmpExt:AISystemVersionUsed"] = f"{facts.tool}, engine {row.get('engine_version')}"
    properties |= {f"toile:{word}": _word(row.get(name)) for word, name in _OWN.items()}
    return xmp_packet(properties)


def carried_xmp(data: bytes) -> str:
    """Return the XMP packet of a design's PNG, for what is made from it; "" of a file that has none."""
    try:
        return read_png_text(data).get(XMP_KEYWORD, "")
    except ImageRefused:
        return ""


def environment_text(packages: Mapping[str, str]) -> str:
    """Return the text of an image about what it was painted with."""
    return json.dumps(packages, sort_keys=True)


def environment_from(text: str) -> dict[str, str]:
    """Return the packages by name that ``environment_text`` wrote; none from an image that says nothing."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}


# Our own property: column of the manifest.
_OWN = {
    "DesignId": "design_id",
    "BatchId": "batch_id",
    "ContentLicence": "content_licence",
    "StyleLicence": "style_licence",
    "Recipe": "recipe",
    "RecipeHash": "recipe_hash",
    "SizePx": "size_px",
    "Seed": "seed",
    "Colorway": "colorway",
    "EngineVersion": "engine_version",
    "WeightsSha256": "weights_sha256",
    "GitRevision": "git_revision",
}


def design_title(row: PlanRow) -> str:
    """Return a design's title: garment, textile and motif as people call them, and who made new cloth."""
    return named(row).title


def sources_of(row: PlanRow) -> list[tuple[str, str, str]]:
    """Return what each image is that a design was made from, in words, its key and its sha256."""
    return list(_sources(row))


def _sources(row: PlanRow) -> Iterator[tuple[str, str, str]]:
    for name in ("content", "style"):
        if key := row.get(f"{name}_key"):
            told = (row.get(f"{name}_title"), row.get(f"{name}_licence"), row.get(f"{name}_source"))
            words = ", ".join(plain(one) for one in told if one) or key
            yield f"{name}: {words}", key, row[f"{name}_sha256"]
    for name in ("mask", "protect", "regions", "palette"):
        if key := row.get(f"{name}_key"):
            yield f"{name}: {key}", key, row[f"{name}_sha256"]
    for style in row.get("further_styles") or ():
        yield f"style: {style['style_id']}", style["key"], style["sha256"]


def _word(value: object) -> str:
    return "" if value is None else str(value)
