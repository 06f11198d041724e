"""Manifests that were taken in as they are, made one table: of a design that several list one row stays."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb


def settle(cursor: duckdb.DuckDBPyConnection, batches: Sequence[int], *, ok: int) -> None:
    """Leave one row of each design: the first ok one, else the one of the last batch.

    The result is what it would be had the batches come one after the other: a design keeps the number of its
    first row, and is listed by all the batches that list it.

    Args:
        cursor: within a change; every row has its own number, listed by one batch.
        batches: numbers of the batches, in their order.
        ok: the number of the status of finished designs.
    """
    if cursor.execute("select count(*) = count(distinct id) from designs").fetchone() == (True,):
        return
    cursor.execute("create or replace temp table turns (batch usmallint, turn integer)")
    cursor.executemany("insert into turns values (?, ?)", [[one, turn] for turn, one in enumerate(batches)])
    cursor.execute(
        "create or replace temp table twins as select n, id, status <> ? as is_worse, turn from designs "
        "join appearances using (n) join turns using (batch) "
        "where id in (select id from designs group by id having count(*) > 1)",
        [ok],
    )
    cursor.execute(
        "create or replace temp table left_out as select n from (select n, row_number() over "
        "(partition by id, turn order by is_worse, n) as place from twins) where place > 1"
    )
    for table in ("designs", "appearances", "twins"):
        cursor.execute(f"delete from {table} where n in (select n from left_out)")
    cursor.execute(
        "create or replace temp table settled as select id, min(n) as first, "
        "arg_min(n, case when is_worse then ? - turn else turn end) as best from twins group by id",
        [2 * len(batches)],
    )
    cursor.execute(
        "delete from designs where n in (select n from twins join settled using (id) where n <> best)"
    )
    cursor.execute("update designs set n = first from settled where n = best and first <> best")
    cursor.execute(
        "update appearances set n = first from twins join settled using (id) "
        "where appearances.n = twins.n and twins.n <> first"
    )
