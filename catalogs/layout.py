"""Where everything lies under the root: the only place that spells an object's key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping

from catalogs.errors import CatalogError
from catalogs.ids import check_id, id_problem

LATEST_KEY = "latest.json"
MANIFESTS_PREFIX = "manifests/"
DESIGNS_PREFIX = "designs/"
THUMBS_PREFIX = "thumbs/"
TILES_PREFIX = "tiles/"
BATCHES_PREFIX = "batches/"
REPORTS_PREFIX = "reports/"
# What people have chosen: whatever design these name is kept.
SHORTLISTS_PREFIX = "shortlists/"
REQUESTS_PREFIX = "requests/"
# What housekeeping has put aside, by when: unneeded, and found to be damaged.
TRASH_PREFIX = "trash/"
DAMAGED_PREFIX = "damaged/"
# What people were told of a batch, and what was done for it by itself: once.
NOTICES_PREFIX = "notices/"
# Designs that nobody tries again by himself.
QUARANTINE_PREFIX = "quarantine/"
TILE_CLAIMS_PREFIX = f"{TILES_PREFIX}claims/"
# What is remembered so that it need not be computed again.
CACHE_PREFIX = "cache/"
# Where `toile doctor` tries what the storage does.
DOCTOR_PREFIX = "doctor/"
# Trained networks: models/<model>/ for what all styles share, models/<model>/<style_id>/ for a style's own.
MODELS_PREFIX = "models/"
# Of all batches in one place, so that one request shows who else is at work.
CLAIMS_PREFIX = "claims/"

# Batches that are made for a request: galleries find them by their state, and latest.json stays.
REQUEST_BATCHES = "request-"

# A folder a batch.
_OF_BATCHES = (BATCHES_PREFIX, REPORTS_PREFIX, NOTICES_PREFIX)
_DESIGN_ID = re.compile(r"[0-9a-f]{32}")
# No dots: those come between a request and the number of its batch.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LIST_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def weights_key(model: str, style_id: str = "") -> str:
    """Return ``models/<model>/[<style_id>/]weights.safetensors``."""
    return f"{model_prefix(model, style_id)}weights.safetensors"


def card_key(model: str, style_id: str = "") -> str:
    """Return ``models/<model>/[<style_id>/]card.json``, written after the weights."""
    return f"{model_prefix(model, style_id)}card.json"


def model_prefix(model: str, style_id: str = "") -> str:
    """Return ``models/<model>/``, or the folder of a style's own file below it."""
    own = f"{check_id(style_id, what='style_id')}/" if style_id else ""
    return f"{MODELS_PREFIX}{check_id(model, what='model')}/{own}"


def training_prefix(model: str, style_id: str = "") -> str:
    """Return ``models/<model>/[<style_id>/]training/``: what a training leaves on its way."""
    return f"{model_prefix(model, style_id)}training/"


def checkpoint_key(model: str, style_id: str = "") -> str:
    """Return the key under which a training says where it stands; deleted at its end."""
    return f"{training_prefix(model, style_id)}checkpoint.safetensors"


def training_claim_key(model: str, style_id: str = "") -> str:
    """Return the key under which a process says that it trains a network."""
    return f"{training_prefix(model, style_id)}taken.json"


def design_key(design_id: str) -> str:
    """Return ``designs/<2 chars>/<design_id>.png``."""
    return f"{DESIGNS_PREFIX}{_checked(design_id)[:2]}/{design_id}.png"


def thumb_key(design_id: str) -> str:
    """Return ``thumbs/<2 chars>/<design_id>.webp``."""
    return f"{THUMBS_PREFIX}{_checked(design_id)[:2]}/{design_id}.webp"


def quarantine_key(design_id: str) -> str:
    """Return ``quarantine/<2 chars>/<design_id>.json``; deleting it costs a try, which may cost a process."""
    return f"{QUARANTINE_PREFIX}{_checked(design_id)[:2]}/{design_id}.json"


def tile_key(name: str) -> str:
    """Return ``tiles/<2 chars>/<name>.png``: a finished tile of new cloth; deleting it costs only time."""
    return f"{TILES_PREFIX}{_checked(name)[:2]}/{name}.png"


def tile_refusal_key(name: str) -> str:
    """Return ``tiles/<2 chars>/<name>.json``: why there can be no such tile; deleting it costs a try."""
    return f"{TILES_PREFIX}{_checked(name)[:2]}/{name}.json"


def tile_claim_key(name: str) -> str:
    """Return the key under which an engine says that it is making a tile."""
    return f"{TILE_CLAIMS_PREFIX}{_checked(name)}.json"


def batch_prefix(batch_id: str) -> str:
    """Return ``batches/<batch_id>/``."""
    return f"{BATCHES_PREFIX}{check_id(batch_id, what='batch_id')}/"


def plan_key(batch_id: str) -> str:
    """Return the key of the batch's plan."""
    return f"{batch_prefix(batch_id)}plan.parquet"


def candidates_key(batch_id: str) -> str:
    """Return the key of what a funnel may add to the batch's plan, of which it chooses."""
    return f"{batch_prefix(batch_id)}candidates.parquet"


def config_key(batch_id: str) -> str:
    """Return the key of the batch's frozen configuration: the batch and its full recipes."""
    return f"{batch_prefix(batch_id)}config.yaml"


def parts_prefix(batch_id: str) -> str:
    """Return ``batches/<batch_id>/parts/``."""
    return f"{batch_prefix(batch_id)}parts/"


def part_key(batch_id: str, shard_id: int, design_ids: Iterable[str]) -> str:
    """Return ``…/parts/shard-00012-<8 hex of its design ids>.parquet``.

    A shard that holds other designs has another name: a plan that changed never overwrites what an older
    one painted. The order of the ids does not matter.
    """
    if shard_id < 0:
        raise ValueError(f"a shard id is 0 or more, got {shard_id}")
    ids = hashlib.sha256("\n".join(sorted(design_ids)).encode()).hexdigest()[:8]
    return f"{parts_prefix(batch_id)}shard-{shard_id:05d}-{ids}.parquet"


def claim_key(batch_id: str, shard_id: int) -> str:
    """Return the key under which a worker says that it is at work on a shard."""
    return f"{claims_prefix(batch_id)}shard-{shard_id:05d}.json"


def claims_prefix(batch_id: str) -> str:
    """Return ``claims/<batch_id>/``."""
    return f"{CLAIMS_PREFIX}{check_id(batch_id, what='batch_id')}/"


def crash_key(batch_id: str, shard_id: int) -> str:
    """Return the key of what is known of processes that died inside a shard."""
    return f"{crashes_prefix(batch_id)}shard-{shard_id:05d}.json"


def crashes_prefix(batch_id: str) -> str:
    """Return ``batches/<batch_id>/crashes/``."""
    return f"{batch_prefix(batch_id)}crashes/"


def crashed_shard(key: str) -> int | None:
    """Return the shard that a :func:`crash_key` is of, None where the key is none."""
    found = re.fullmatch(r".*/crashes/shard-(\d{5,})\.json", key)
    return int(found[1]) if found else None


def notices_prefix(batch_id: str) -> str:
    """Return ``notices/<batch_id>/``."""
    return f"{NOTICES_PREFIX}{check_id(batch_id, what='batch_id')}/"


def notice_key(batch_id: str, kind: str) -> str:
    """Return ``notices/<batch_id>/<kind>.json``: written by whoever does it; without it, it is done again."""
    return f"{notices_prefix(batch_id)}{check_id(kind, what='kind')}.json"


def summary_key(batch_id: str) -> str:
    """Return the key of the batch's totals."""
    return f"{batch_prefix(batch_id)}summary.json"


def batch_manifest_key(batch_id: str) -> str:
    """Return the key of the batch's own manifest, which is written even when it is not published."""
    return f"{batch_prefix(batch_id)}manifest.parquet"


def manifest_key(batch_id: str) -> str:
    """Return the key of the published manifest, ``manifests/<batch_id>.parquet``."""
    return f"{MANIFESTS_PREFIX}{check_id(batch_id, what='batch_id')}.parquet"


def report_prefix(batch_id: str) -> str:
    """Return ``reports/<batch_id>/``."""
    return f"{REPORTS_PREFIX}{check_id(batch_id, what='batch_id')}/"


def report_key(batch_id: str) -> str:
    """Return the key of the batch's report page."""
    return f"{report_prefix(batch_id)}index.html"


def scores_key(batch_id: str) -> str:
    """Return the key of the medians that later nights are compared with."""
    return f"{report_prefix(batch_id)}scores.parquet"


def contact_sheet_key(batch_id: str) -> str:
    """Return the key of the batch's contact sheet."""
    return f"{report_prefix(batch_id)}contact_sheet.png"


def colorway_sheet_key(batch_id: str) -> str:
    """Return the key of the contact sheet by colorway, of a batch that has colorways."""
    return f"{report_prefix(batch_id)}colorways.png"


def proof_key(batch_id: str, name: str) -> str:
    """Return the key of a page with proofs of the batch's yardage."""
    return f"{report_prefix(batch_id)}repeats/{name}"


def request_key(request_id: str) -> str:
    """Return ``requests/<id>.json``: what is asked for, written once."""
    return f"{REQUESTS_PREFIX}{check_request_id(request_id)}.json"


def request_end_key(request_id: str) -> str:
    """Return ``requests/<id>/end.json``: what became of a request, written once."""
    return f"{REQUESTS_PREFIX}{check_request_id(request_id)}/end.json"


def request_claim_key(request_id: str) -> str:
    """Return the key under which a run says that it is at work on a request."""
    return f"{REQUESTS_PREFIX}{check_request_id(request_id)}/taken.json"


def request_try_key(request_id: str, number: int) -> str:
    """Return ``requests/<id>/try-<n>.json``: why a request could not be brought to its end, from 1."""
    return f"{REQUESTS_PREFIX}{check_request_id(request_id)}/try-{number}.json"


def request_batch_id(request_id: str, number: int) -> str:
    """Return the id of a request's n-th batch, from 1: ``request-<id>``, ``request-<id>.2`` …."""
    whole = f"{REQUEST_BATCHES}{check_request_id(request_id)}"
    return whole if number == 1 else f"{whole}.{number}"


def is_of_request(batch_id: str) -> bool:
    """Say whether a batch was made for a request."""
    return batch_id.startswith(REQUEST_BATCHES)


def check_request_id(request_id: str) -> str:
    """Return an id that can name a request: letters, digits, ``-`` and ``_``, at most 64.

    Raises:
        CatalogError: ``unsafe_id``.
    """
    if _REQUEST_ID.fullmatch(request_id):
        return check_id(request_id, what="request id")
    raise CatalogError(
        f"a request's id is 1 to 64 letters, digits, '-' and '_', got {request_id[:80]!r}",
        code="unsafe_id",
        got=request_id,
    )


def request_of(key: str) -> tuple[str, str]:
    """Return the request that an object belongs to and what it is to it: "" for the request itself.

    ``("", "")`` where the object belongs to none: lists of pairs may lie in ``requests/`` too.
    """
    found = re.fullmatch(rf"{REQUESTS_PREFIX}([^/]+?)(?:\.json|/([^/]+)\.json)", key)
    if found is None or not _REQUEST_ID.fullmatch(found[1]) or id_problem(found[1]):
        return "", ""
    return found[1], found[2] or ""


def shortlist_key(list_id: str, event_id: str) -> str:
    """Return ``shortlists/<list_id>/<event_id>.json``: one edit of a shortlist, written once."""
    return f"{shortlist_prefix(list_id)}{check_id(event_id, what='event id')}.json"


def packed_key(list_id: str, name: str) -> str:
    """Return ``shortlists/<list_id>/packed/<name>.json``: many edits in one object."""
    return f"{shortlist_prefix(list_id)}packed/{check_id(name, what='name')}.json"


def shortlist_prefix(list_id: str) -> str:
    """Return ``shortlists/<list_id>/``.

    Raises:
        CatalogError: ``unsafe_id``.
    """
    if not _LIST_ID.fullmatch(list_id):
        raise CatalogError(
            f"a list's id is 1 to 64 of a-z, 0-9 and '-', got {list_id[:80]!r}", code="unsafe_id", got=list_id
        )
    return f"{SHORTLISTS_PREFIX}{check_id(list_id, what='list id')}/"


def shortlist_of(key: str) -> tuple[str, str]:
    """Return the list that an object is of and the edit that it is: "" where it is a packed one.

    ``("", "")`` where the object is none of ours: people may put lists of their own into ``shortlists/``.
    """
    found = re.fullmatch(rf"{SHORTLISTS_PREFIX}({_LIST_ID.pattern})/(?:packed/[^/]+|([^/]+))\.json", key)
    if found is None or id_problem(found[1]):
        return "", ""
    return found[1], found[2] or ""


def design_of(key: str) -> str:
    """Return the design whose image or thumbnail has this key, or that is kept away by it, else ""."""
    return _named(
        key, {design_key: DESIGNS_PREFIX, thumb_key: THUMBS_PREFIX, quarantine_key: QUARANTINE_PREFIX}
    )


def tile_of(key: str) -> str:
    """Return the name of the tile that has this key, or was refused under it, "" where none has or was."""
    return _named(key, {tile_key: TILES_PREFIX, tile_refusal_key: TILES_PREFIX})


def batch_of(key: str) -> str:
    """Return the batch whose a key is: of its folder, manifest, report or notices; "" where it is none's."""
    top, _, rest = key.partition("/")
    if f"{top}/" == MANIFESTS_PREFIX:
        return rest.removesuffix(".parquet")
    return rest.partition("/")[0] if f"{top}/" in _OF_BATCHES else ""


def _named(key: str, ways: Mapping[Callable[[str], str], str]) -> str:
    name = key.rpartition("/")[2].partition(".")[0]
    if not _DESIGN_ID.fullmatch(name):
        return ""
    return name if any(key.startswith(prefix) and key == way(name) for way, prefix in ways.items()) else ""


def pair_key(name: str) -> str:
    """Return ``cache/pairs/<2 chars>/<name>.safetensors``: what a network learns refining from; 32 hex."""
    return f"{CACHE_PREFIX}pairs/{_checked(name)[:2]}/{name}.safetensors"


def digests_key(folder: str) -> str:
    """Return the key of the remembered digests of a catalog folder (``content``, ``style/summer``, or "")."""
    return f"{CACHE_PREFIX}digests/{folder or '_root'}.parquet"


def _checked(design_id: str) -> str:
    if not _DESIGN_ID.fullmatch(design_id):
        raise ValueError(f"a design_id is 32 hex digits, got {design_id!r}")
    return design_id
