"""Does the storage do what a run asks of it: write, read, list, refuse a second writer, delete; catalogs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from catalogs.layout import DOCTOR_PREFIX
from flows.cli.checks.finding import Finding

if TYPE_CHECKING:
    from catalogs.storage import Storage

_REMEDIES = {
    "storage_denied": "check the permissions, or the access keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    "storage_full": "free space, or raise the quota",
    "storage_misconfigured": "check --root, TOILE_ROOT, endpoint_url and region",
    "storage_unavailable": "check that the endpoint is up and can be reached from here",
}


def storage(root: str) -> list[Finding]:
    """Write an object, read it, find it in a listing, write it again under a condition, delete it."""
    from catalogs.errors import CatalogError
    from configs.errors import ConfigError

    try:
        opened = _open(root)
    except ConfigError as error:
        return [Finding("storage", "problem", str(error), "toile doctor --root demo-bucket")]
    except CatalogError as error:
        return [_refused("opened", error)]
    doing, key, data = "written", f"{DOCTOR_PREFIX}{uuid.uuid4().hex}.txt", b"written by toile doctor"
    try:
        opened.write_atomic(key, data)
        doing = "read"
        if opened.read(key) != data:
            return [
                Finding(
                    "storage", "problem", f"{opened.root}: read back other bytes", "do not use this storage"
                )
            ]
        doing = "listed"
        if [stat.key for stat in opened.list(key)] != [key]:
            found = f"{opened.root}: what was written is not listed"
            return [
                Finding(
                    "storage", "problem", found, "use a storage whose listing is up to date after a write"
                )
            ]
        doing = "written under a condition"
        second = _second_writer(opened, key)
        doing = "deleted"
        opened.delete(key)
    except CatalogError as error:
        return [_refused(doing, error)]
    return [Finding("storage", "ok", f"{opened.root}: write, read, list and delete work"), *second]


def catalogs(root: str) -> list[Finding]:
    """Look whether both catalogs are there; their rows are ``toile catalog check``'s."""
    from catalogs.errors import CatalogError
    from catalogs.kinds import KINDS
    from catalogs.tables import find_catalog
    from configs.errors import ConfigError

    findings: list[Finding] = []
    for name, kind in KINDS.items():
        try:
            key = find_catalog(_open(root), kind)
        except (ConfigError, CatalogError) as error:
            code = getattr(error, "code", "")
            remedy = f"toile demo draws one; toile catalog scan {name} makes one of your images"
            if code == "catalog_missing":
                findings.append(Finding("catalogs", "note", f"no {name} catalog", remedy))
            elif code == "catalog_ambiguous":
                findings.append(Finding("catalogs", "problem", str(error), "keep one of the two"))
            continue
        findings.append(Finding("catalogs", "ok", f"{key} (its rows: toile catalog check {name})"))
    return findings


def networks(root: str) -> list[Finding]:
    """Look which trained networks are there, by their cards; weights are read by ``toile models --check``."""
    from catalogs.errors import CatalogError
    from catalogs.models import model_files, model_names
    from configs.errors import ConfigError

    try:
        opened = _open(root)
        found = {name: model_files(opened, name) for name in model_names(opened)}
    except (ConfigError, CatalogError):
        return []  # the storage's own line says so
    if not any(found.values()):
        remedy = "only for recipes with a network: block; toile train RECIPE makes one"
        return [Finding("networks", "note", "no trained networks", remedy)]
    findings = [
        Finding(
            "networks",
            "problem",
            f"{name}/{one.style_id}: {one.problem}",
            "train it again",
        )
        for name, files in found.items()
        for one in files
        if one.problem
    ]
    whole = {name: [one for one in files if not one.problem] for name, files in found.items()}
    told = [_styles_of(name, [one.style_id for one in files]) for name, files in whole.items() if files]
    return [*([Finding("networks", "ok", ", ".join(told))] if told else []), *findings]


def _styles_of(name: str, style_ids: list[str]) -> str:
    own = sum(bool(style_id) for style_id in style_ids)
    return f"{name} ({own} {'style' if own == 1 else 'styles'})" if own else name


def signing() -> list[Finding]:
    """Sign a picture of one pixel where the storage file asks for signatures."""
    from flows.equipment import equipment
    from flows.errors import FlowError

    try:
        signer = equipment().signer()
    except FlowError as error:
        return [Finding("signing", "problem", str(error), "see signing in configs/README.md")]
    return [] if signer is None else [Finding("signing", "ok", f"signs as {signer.config.certificate}")]


def _open(root: str) -> Storage:
    from flows.equipment import equipment

    return equipment().storage(root)


def _second_writer(opened: Storage, key: str) -> list[Finding]:
    from catalogs.errors import PreconditionFailed

    try:
        opened.write_atomic(key, b"a second writer", if_absent=True)
    except PreconditionFailed:
        return []
    found = "conditional writes are not honoured"
    remedy = "runs of one batch at the same time may paint twice; nothing is lost"
    return [Finding("storage", "note", found, remedy)]


def _refused(doing: str, error: Exception) -> Finding:
    remedy = _REMEDIES.get(getattr(error, "code", ""), "toile --debug doctor shows where it happened")
    return Finding("storage", "problem", f"cannot be {doing}: {error}", remedy)
