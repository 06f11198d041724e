"""``toile gallery``: what was published, in a browser; who may sign in, and links that let its owner in."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.exits import Exit
from flows.cli.gallery_users import Users, place, user_app
from flows.cli.options import AsJson, Root, open_root
from flows.cli.reporting import Command, ending, print_json, say, tell
from flows.cli.up import State, state_folder

if TYPE_CHECKING:
    from catalogs.gallery.settings import GallerySettings

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
app.add_typer(user_app, name="user")

Secret = Annotated[
    str,
    typer.Option(
        "--secret",
        envvar="TOILE_GALLERY_SECRET",
        metavar="FILE",
        help="With what sessions and links are signed; else gallery/secret of the state folder, drawn once.",
    ),
]
LOOPBACK, PORT = "127.0.0.1", 8080


@app.callback(epilog="Example: toile gallery --root demo-bucket")
def gallery(
    context: typer.Context,
    root: Root = "",
    port: Annotated[
        int,
        typer.Option(
            "--port", envvar="TOILE_GALLERY_PORT", min=0, max=65535, help="Of the pages; 0: any free one."
        ),
    ] = PORT,
    host: Annotated[
        str,
        typer.Option(
            "--host", envvar="TOILE_GALLERY_HOST", help="Address to listen on; else this machine alone."
        ),
    ] = LOOPBACK,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            envvar="TOILE_GALLERY_NAME",
            help="By which browsers call it, as gallery.house.example; once a name.",
        ),
    ] = None,
    users: Users = "",
    secret: Secret = "",
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy",
            envvar="TOILE_GALLERY_PROXY",
            metavar="ADDRESS",
            help="Of a proxy before the gallery that speaks TLS, or a network; once an address.",
        ),
    ] = None,
    proxy_user_header: Annotated[
        str,
        typer.Option(
            "--proxy-user-header",
            envvar="TOILE_GALLERY_PROXY_USER_HEADER",
            help="In which the proxy says who somebody is, as X-Forwarded-User.",
        ),
    ] = "",
    proxy_groups_header: Annotated[
        str,
        typer.Option(
            "--proxy-groups-header",
            envvar="TOILE_GALLERY_PROXY_GROUPS_HEADER",
            help="In which it says their groups.",
        ),
    ] = "X-Forwarded-Groups",
    editor: Annotated[
        list[str] | None,
        typer.Option(
            "--editor",
            envvar="TOILE_GALLERY_EDITOR",
            help="Of those that the proxy knows, who may write: a name, or a group as @design.",
        ),
    ] = None,
    prefect_page: Annotated[
        str,
        typer.Option(
            "--prefect-page",
            envvar="TOILE_GALLERY_PREFECT_PAGE",
            metavar="URL",
            help="Of Prefect's pages, for links to flow runs.",
        ),
    ] = "",
    memory: Annotated[
        str,
        typer.Option("--memory", envvar="TOILE_GALLERY_MEMORY", help="That its table may take, as 2GB."),
    ] = "2GB",
    log: Annotated[
        bool, typer.Option("--log", envvar="TOILE_GALLERY_LOG", help="Write a line a request, beside.")
    ] = False,
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """Show what was published in a browser, and keep in step with what is published next; Ctrl-C ends it.

    Whoever is at this machine may read. To write, open the link that is printed; it signs you in once.
    With a file of users (toile gallery user add) or a proxy that knows people, everybody signs in.
    """
    if context.invoked_subcommand is not None:
        return
    with ending(context):
        from catalogs.gallery.safety.files import kept_secret
        from catalogs.gallery.settings import GallerySettings, ProxySettings

        folder = state_folder(state)
        settings = GallerySettings(
            memory=memory,
            prefect_page=prefect_page.rstrip("/"),
            secret=kept_secret(place(secret, folder, "secret")),
            hosts=tuple(name or ()),
            users=_users(users, folder),
            proxy=ProxySettings(
                addresses=tuple(proxy or ()),
                user_header=proxy_user_header,
                groups_header=proxy_groups_header,
                editors=tuple(editor or ()),
            ),
        )
        _serve(settings, root, host, port, folder, with_log=log, as_json=as_json)


@app.command("link", cls=Command, epilog="Example: toile gallery link")
def link(
    secret: Secret = "",
    address: Annotated[
        str, typer.Option("--address", metavar="URL", help="Of the gallery; else of the one that runs here.")
    ] = "",
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """Print a link that lets you write in the gallery that runs on this machine: once, within an hour."""
    from catalogs.gallery.safety import links
    from catalogs.gallery.safety.errors import StartRefused
    from catalogs.gallery.safety.files import kept_secret

    folder = state_folder(state)
    running = folder / "gallery" / "address"
    if not address and not running.is_file():
        raise StartRefused(f"no gallery runs by {folder}; toile gallery starts one, --address names another")
    address = address.rstrip("/") or running.read_text(encoding="utf-8").strip()
    made = links.link(kept_secret(place(secret, folder, "secret")), address, getpass.getuser())
    if as_json:
        print_json({"link": made})
    else:
        tell(made)


def _users(named: str, state: Path) -> Path | None:
    path = place(named, state, "users")
    return path if named or path.exists() else None


def _serve(
    settings: GallerySettings,
    root: str,
    host: str,
    port: int,
    folder: Path,
    *,
    with_log: bool,
    as_json: bool,
) -> None:
    import logging
    from contextlib import suppress
    from dataclasses import replace

    from catalogs.gallery.alone import be_lean

    be_lean()  # before anything of the gallery is imported, which makes tables
    from catalogs.gallery.house import House
    from catalogs.gallery.safety import links
    from catalogs.gallery.safety.addresses import is_loopback
    from catalogs.gallery.safety.files import write_private
    from catalogs.gallery.safety.listening import check_listening
    from flows.stack.ports import check_free
    from flows.stack.settings import reachable

    check_listening(host, settings)
    if not is_loopback(host) and host not in ("0.0.0.0", "::"):
        settings = replace(settings, hosts=(*settings.hosts, host))
    storage = open_root(root)
    if port:
        check_free(host, port, option="--port", what="the gallery")
    logging.basicConfig(level=logging.INFO if with_log else logging.WARNING, format="%(asctime)s %(message)s")
    running = folder / "gallery" / "address"
    house = House.of(storage, settings)
    house.begin()
    # imported while the manifests are read
    from catalogs.gallery.web.app import create_app
    from catalogs.gallery.web.serving import serve

    app = create_app(house)

    def ready(bound: int) -> None:
        address = f"http://{reachable(host)}:{bound}"
        write_private(running, f"{address}\n")
        entrance = links.link(settings.secret, address, getpass.getuser()) if settings.is_for_one else ""
        if as_json:
            print_json({"address": address, "root": storage.root, "link": entrance, "process": os.getpid()})
            return
        say(f"{address} shows {storage.root}")
        if entrance and sys.stderr.isatty():
            say(f"to write too, open this once, within an hour:\n  {entrance}")
        elif entrance:  # a log is kept longer than a link is good
            say("to write too, open what `toile gallery link` prints")

    try:
        if not serve(app, host, port, ready):
            raise typer.Exit(Exit.FAILED)
    finally:
        with suppress(OSError):
            running.unlink()
