"""Rows of designs as their manifests have them: what the table in memory does not keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from catalogs.refusals import ManifestRefused

Ask = Callable[[str, list[Any]], duckdb.DuckDBPyConnection]


def read_originals(
    ask: Ask, places: Mapping[Path, Mapping[int, tuple[int, str]]], columns: Sequence[str] = ()
) -> dict[int, dict[str, Any]]:
    """Return rows of manifests by the numbers of their designs; rows that are not there are left out.

    Args:
        ask: runs a statement.
        places: by manifest and row of it, the number and the id of the design that must be there.
        columns: names of those that are wanted, which are read much faster than all; none: all. One that a
            manifest of an older schema lacks is None.

    Raises:
        ManifestRefused: a manifest changed a moment ago; it is read again by itself.
    """
    listed = ", ".join(f"'{name}'" for name in ("design_id", "file_row_number", *columns))
    wanted = f"columns(lambda c: c in ({listed}))" if columns else "*"
    found: dict[int, dict[str, Any]] = {}
    for file, rows in places.items():
        try:
            cursor = ask(
                f"select {wanted} from read_parquet(?, file_row_number = true) "
                f"where file_row_number in ({', '.join(map(str, rows))})",
                [str(file)],
            )
            names = [column[0] for column in cursor.description or ()]
            told = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise ManifestRefused(f"{file.name} cannot be read now: {error}", key=file.name) from error
        for one in told:
            number, design_id = rows[one.pop("file_row_number")]
            if one["design_id"] != design_id:
                raise ManifestRefused(f"{file.name} changed a moment ago; load the page again", key=file.name)
            found[number] = {**dict.fromkeys(columns), **one}
    return found
