"""A first catalog from a folder of images: one row an image, the licence left for a person to fill in."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalogs.errors import CatalogMissing, PreconditionFailed
from catalogs.ids import safe_id
from catalogs.kinds import CatalogKind, KindName, kind_named
from catalogs.licences import read_licence
from catalogs.refusals import CatalogExists
from catalogs.storage import Storage

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
# Column → the folder beside an image that holds its companions of that kind; or a name that ends so.
COMPANION_FOLDERS = {"mask": "masks", "protect": "protect", "regions": "regions"}


@dataclass(frozen=True)
class Scanned:
    """What a scan found and wrote.

    ``unused`` are the other files of the folder: no images, or companions without their image.
    """

    key: str
    rows: int
    with_mask: int
    unused: tuple[str, ...]


def scan(
    storage: Storage,
    kind: KindName,
    prefix: str | None = None,
    *,
    licence: str = "",
    source: str = "",
    overwrite: bool = False,
) -> Scanned:
    """Write ``<prefix>/catalog.csv`` with a row for every image under the prefix.

    Ids are made from file names, safe and unique (``a.png`` and ``a.jpg`` become ``a-png`` and ``a-jpg``);
    titles are the names in words; category (content) or kind (style) is the image's first folder. For
    content, ``<stem>_mask.png`` beside an image or ``masks/<stem>.png`` is its mask, and
    ``<stem>_protect.png`` or ``protect/<stem>.png`` says what is protected in it, likewise ``regions``.

    Args:
        storage: where the images are.
        kind: ``content`` or ``style``.
        prefix: the folder; None is the kind's own.
        licence: for every row; "" leaves the cells empty, to be filled in before the catalog is accepted.
        source: for every row.
        overwrite: replace a ``catalog.csv`` that is there.

    Raises:
        CatalogExists: there is a catalog and ``overwrite`` is False, or a ``catalog.parquet``.
        CatalogMissing: no image under the prefix.
        LicenceUnknown: ``licence`` is none that we know.
    """
    columns = kind_named(kind)
    folder = (prefix if prefix is not None else kind).strip("/")
    normal_licence = read_licence(licence).id if licence else ""
    key = f"{folder}/catalog.csv"
    _refuse_existing(storage, folder, key, overwrite=overwrite)
    paths = [stat.key.removeprefix(f"{folder}/") for stat in storage.list(f"{folder}/")]
    images, companions, unused = _sort_out(paths, columns)
    if not images:
        raise CatalogMissing(
            f"no image under {folder}/ in {storage.root} (other files: {len(paths)}); put images there: "
            f"{', '.join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))}",
            code="no_images",
            prefix=folder,
        )
    ids = unique_ids(images)
    rows = [
        _row(columns, ids[path], path, companions[path], licence=normal_licence, source=source)
        for path in sorted(images, key=lambda path: ids[path])
    ]
    try:
        storage.write_atomic(key, _as_csv(columns, rows), content_type="text/csv", if_absent=not overwrite)
    except PreconditionFailed as error:
        raise CatalogExists(
            f"{key} was written by somebody else meanwhile; it was left alone", key=key
        ) from error
    return Scanned(key, len(rows), sum("mask" in companions[path] for path in images), tuple(unused))


def unique_ids(paths: Iterable[str]) -> dict[str, str]:
    """Return an id for every path: its stem, with folder and ending where stems meet, a hash at last.

    Ids differ even when letter case is ignored. They depend on the set of paths, never on its order.
    """
    paths = sorted(set(paths))
    spelled = {path: [safe_id(PurePosixPath(path).stem), safe_id(path.replace(".", "-"))] for path in paths}
    for path in paths:
        digits = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        spelled[path].append(safe_id(f"{spelled[path][0][:60]}-{digits}"))
    level = dict.fromkeys(paths, 0)
    while True:
        ids = {path: spelled[path][level[path]] for path in paths}
        count = Counter(name.casefold() for name in ids.values())
        met = [path for path in paths if count[ids[path].casefold()] > 1 and level[path] < 2]
        if not met:
            return ids
        for path in met:
            level[path] += 1


def _refuse_existing(storage: Storage, folder: str, key: str, *, overwrite: bool) -> None:
    parquet = f"{folder}/catalog.parquet"
    if storage.exists(parquet):
        raise CatalogExists(
            f"{parquet} is there, and two catalogs in one folder are refused; remove it first", key=parquet
        )
    if not overwrite and storage.exists(key):
        raise CatalogExists(
            f"{key} is there already and was left alone; say --overwrite to replace it (its titles, "
            f"licences and widths are lost)",
            key=key,
        )


def _sort_out(
    paths: Sequence[str], kind: CatalogKind
) -> tuple[list[str], dict[str, dict[str, str]], list[str]]:
    """Return the images, the companions of each image by column, and what is neither."""
    visible = [path for path in paths if not any(part.startswith(".") for part in path.split("/"))]
    pictures = [path for path in visible if PurePosixPath(path).suffix.casefold() in IMAGE_SUFFIXES]
    beside = {path: column for path in pictures for column in kind.companions if _is_companion(path, column)}
    images = [path for path in pictures if path not in beside]
    by_place = {(column, *_companion_place(path, column)): path for path, column in beside.items()}
    found = {
        image: {
            column: by_place[place]
            for column in kind.companions
            if (place := (column, *_image_place(image))) in by_place
        }
        for image in images
    }
    listed = {*images, *(path for named in found.values() for path in named.values()), "catalog.csv"}
    return images, found, [path for path in paths if path not in listed]


def _is_companion(path: str, column: str) -> bool:
    file = PurePosixPath(path)
    return file.suffix.casefold() == ".png" and (
        file.stem.endswith(f"_{column}") or file.parent.name == COMPANION_FOLDERS[column]
    )


def _companion_place(path: str, column: str) -> tuple[str, str]:
    file = PurePosixPath(path)
    folder = file.parent.parent if file.parent.name == COMPANION_FOLDERS[column] else file.parent
    return str(folder), file.stem.removesuffix(f"_{column}")


def _image_place(path: str) -> tuple[str, str]:
    file = PurePosixPath(path)
    return str(file.parent), file.stem


def _row(
    kind: CatalogKind, name: str, path: str, companions: dict[str, str], *, licence: str, source: str
) -> dict[str, str]:
    file = PurePosixPath(path)
    group = file.parts[0] if len(file.parts) > 1 else ""
    known = {
        kind.id_column: name,
        "image": path,
        "title": _title(file.stem),
        "licence": licence,
        "source": source,
    }
    return known | companions | {"category" if kind.name == "content" else "kind": group}


def _title(stem: str) -> str:
    words = re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFC", stem)).strip()
    return words[:1].upper() + words[1:] if words else stem


def _as_csv(kind: CatalogKind, rows: Sequence[dict[str, str]]) -> bytes:
    # The byte order mark lets spreadsheets open it as UTF-8; they are where the licences get filled in.
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=kind.columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
