"""What a gallery is started with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GallerySettings:
    """How a gallery looks at its bucket.

    Attributes:
        look_every_s: between two looks for new manifests.
        threads: of one query of the table.
        memory: that the table may take, as DuckDB writes it.
        prefect_page: address of Prefect's pages, for links to flow runs; "" for none.
    """

    look_every_s: float = 5.0
    threads: int = 2
    memory: str = "2GB"
    prefect_page: str = ""
