"""``toile secrets``: the keys and passwords that compose.yaml reads, drawn once into files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import AsJson
from flows.cli.reporting import Command, family, print_json, tell

app = family()


@app.command("secrets", cls=Command, epilog="Example: toile secrets, then docker compose up -d.")
def secrets(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Must not be there yet.")] = "secrets",
    as_json: AsJson = False,
) -> None:
    """Draw the keys and passwords of compose.yaml: database, pages, and a key of the bucket a role.

    None of them is shown. Whoever may enter the folder may do everything.
    """
    from flows.stack.team_files import write_team_files

    files = write_team_files(Path(folder).expanduser().absolute())
    if as_json:
        print_json([str(file) for file in files])
        return
    tell(f"{len(files)} files in {files[0].parent}, which only you may enter; keep it out of git and images")
    tell("the user and password of Prefect's pages stand in prefect-client.toml, as user:password")
    tell("those of the gallery's first editor stand in gallery-login; toile gallery user add adds others")
