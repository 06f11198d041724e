"""``toile up`` and ``toile down``: everything that one machine needs for a schedule, started and stopped."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson, full_root
from flows.cli.prefect_quietly import show_warnings
from flows.cli.reporting import Command, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from flows.stack.settings import StackSettings
    from flows.stack.starting import RunningService

app = family()

State = Annotated[
    str,
    typer.Option(
        "--state",
        envvar="TOILE_STATE",
        metavar="FOLDER",
        help="Databases, logs and the store's data; else ~/.local/state/toile.",
    ),
]


@app.command(
    "up",
    cls=Command,
    epilog="Example: toile up --root ./my-bucket. It returns when everything answers, like docker compose up "
    "-d; toile down stops it, and what was there is there again after the next toile up.",
)
def up(
    context: typer.Context,
    root: Annotated[
        str,
        typer.Option(
            "--root", metavar="URI", help="Bucket of the runs; else as configured, else a folder of its own."
        ),
    ] = "",
    s3: Annotated[
        bool, typer.Option("--s3", help="Start an S3 server (SeaweedFS) and let runs work in it.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Of Prefect's server and pages; 0: any free one.")
    ] = 4200,
    s3_port: Annotated[
        int, typer.Option("--s3-port", min=0, max=65535, help="Of the S3 server; 0: any free one.")
    ] = 8333,
    host: Annotated[
        str, typer.Option("--host", help="Address that Prefect's server listens on; else this machine alone.")
    ] = "127.0.0.1",
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            envvar="TOILE_METRICS_PORT",
            min=0,
            max=65535,
            help="Count what runs do, and show it to Prometheus on this port; 0: any free one.",
        ),
    ] = None,
    gallery_port: Annotated[
        int, typer.Option("--gallery-port", min=0, max=65535, help="Of the gallery; 0: any free one.")
    ] = 8080,
    no_gallery: Annotated[bool, typer.Option("--no-gallery", help="Start no gallery.")] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay until Ctrl-C or a service's end, then stop everything.")
    ] = False,
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """Start Prefect's server, a worker and the gallery on this machine, and return when they answer.

    Where everything is up already, says so. Logs lie in the state folder, one a service.
    """
    from flows.stack.starting import ASKED, start
    from flows.stack.stopping import stop
    from flows.stack.watching import watch

    show_warnings(with_tracebacks=False)
    settings = _settings(root, s3=s3, port=port, s3_port=s3_port, host=host, state=state)
    settings = replace(settings, metrics_port=metrics_port, gallery_port=None if no_gallery else gallery_port)
    with waiting("looking what runs") as show:
        given = [name for name in ASKED if _is_given(context, name)]
        given += ["gallery_port"] if no_gallery else []
        running, services = start(settings, show, asked=given)
    _show(running, services, as_json=as_json)
    if foreground:
        say("Ctrl-C stops everything")
        watch(services, lambda: stop(settings.state))


@app.command("down", cls=Command, epilog="Example: toile down. Databases, logs and the store's data stay.")
def down(state: State = "", as_json: AsJson = False) -> None:
    """Stop what toile up started, with all its processes; a run at work crashes and can be retried."""
    from flows.stack.stopping import stop

    show_warnings(with_tracebacks=False)
    folder = state_folder(state)
    with waiting("looking what runs") as show:
        stopped = stop(folder, show)
    if as_json:
        print_json({"stopped": stopped, "state": str(folder)})
    elif stopped:
        tell(f"stopped: {', '.join(stopped)}; its data stays in {folder}")
    else:
        tell(f"nothing was running in {folder}")


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def state_folder(state: str) -> Path:
    """Return the folder of a stack's state: the one that is named, else this user's."""
    from flows.stack.settings import default_state

    return Path(state).expanduser().absolute() if state else default_state()


def _settings(root: str, *, s3: bool, port: int, s3_port: int, host: str, state: str) -> StackSettings:
    """Return what is asked for.

    Raises:
        StackRefused: options that exclude each other, or a host that needs a password.
        ConfigError: the storage file is wrong.
    """
    from configs.loading import STORAGE_FILE, load_storage
    from flows.errors import StackRefused
    from flows.stack.settings import LOOPBACK, StackSettings

    folder = state_folder(state)
    if host not in (LOOPBACK, "localhost", "::1") and not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        raise StackRefused(
            f"--host {host} lets other machines in, and who reaches the server can run programs here; set "
            "PREFECT_SERVER_API_AUTH_STRING to user:password, which its pages and API then ask for"
        )
    if s3:
        if root:
            raise StackRefused("--s3 brings a bucket of its own; leave out --root, or leave out --s3")
        file = str(folder / "store" / STORAGE_FILE)
        return StackSettings(folder, host=host, port=port, s3=True, s3_port=s3_port, storage_file=file)
    root = root or os.environ.get("TOILE_ROOT", "")
    named = os.environ.get("TOILE_STORAGE") or (STORAGE_FILE if Path(STORAGE_FILE).is_file() else "")
    file = str(Path(named).expanduser().absolute()) if named else ""
    if not root and not file:
        root = str(folder / "bucket")
    load_storage(file or None, root=full_root(root) or None)  # what is wrong with it is told before a start
    return StackSettings(
        folder, host=host, port=port, s3_port=s3_port, root=full_root(root), storage_file=file
    )


def _show(settings: StackSettings, services: list[RunningService], *, as_json: bool) -> None:
    from configs.loading import load_storage
    from flows.stack.environment import of_runs

    bucket = load_storage(settings.storage_file or None, root=settings.root or None).root
    new = [one for one in services if one.new]
    if as_json:
        told = [asdict(one) | {"process": one.process.pid} for one in services]
        environment = of_runs(settings)
        print_json(
            {
                "already_up": not new,
                "services": told,
                "bucket": bucket,
                "environment": {name: value for name, value in environment.items() if value is not None},
                "environment_file": str(settings.environment_file),
                "state": str(settings.state),
            }
        )
        return
    tell("up" if new else "already up")
    for one in services:
        tell(f"  {one.title:<16}{one.address or f'process {one.process.pid}'}")
    tell(f"  {'bucket':<16}{bucket}")
    tell(f"  {'logs':<16}{settings.logs}")
    if any(one.name == "gallery" for one in services):
        tell("to write in it    toile gallery link")
    tell(f"to work with it   . {settings.environment_file}")
    tell("to schedule       toile deploy")
