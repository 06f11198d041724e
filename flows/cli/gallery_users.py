"""``toile gallery user``: who signs in to the gallery with a password, and who may write there."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import AsJson
from flows.cli.reporting import Command, family, print_json, say, tell
from flows.cli.up import State, state_folder

user_app = family("Say who signs in with a password, and who may write.")

Users = Annotated[
    str,
    typer.Option(
        "--users",
        envvar="TOILE_GALLERY_USERS",
        metavar="FILE",
        help="Who signs in with a password; else gallery/users of the state folder, where it is there.",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As changes and notes are signed.")]


@user_app.command("add", cls=Command, epilog="Example: toile gallery user add mia --role editor")
def add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="viewer reads, editor writes too.")] = "viewer",
    users: Users = "",
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """Give somebody a password, asked for without showing it; who is there gets another one.

    A script may hand it over on stdin, as one line.
    """
    from catalogs.gallery.safety.errors import StartRefused
    from catalogs.gallery.safety.passwords import write_user
    from catalogs.gallery.safety.users import ROLES

    known = next((one for one in ROLES if one == role), None)
    if known is None:
        raise StartRefused(f"a role is one of {', '.join(ROLES)}, got {role!r}")
    path = place(users, state_folder(state), "users")
    is_new = write_user(path, name, known, _asked_password(name))
    if as_json:
        print_json({"name": name, "role": known, "new": is_new, "users": str(path)})
    else:
        tell(f"{name} {'may sign in' if is_new else 'has another password now'}: {known}, in {path}")


@user_app.command("remove", cls=Command, epilog="Example: toile gallery user remove mia")
def remove(name: Name, users: Users = "", state: State = "", as_json: AsJson = False) -> None:
    """Let somebody sign in no more; who is signed in is out at once."""
    from catalogs.gallery.safety.errors import StartRefused
    from catalogs.gallery.safety.passwords import remove_user

    path = place(users, state_folder(state), "users")
    if not remove_user(path, name):
        raise StartRefused(f"nobody in {path} is called {name!r}; toile gallery user list shows who is")
    if as_json:
        print_json({"name": name, "users": str(path)})
    else:
        tell(f"{name} may sign in no more")


@user_app.command("list", cls=Command, epilog="Example: toile gallery user list")
def list_(users: Users = "", state: State = "", as_json: AsJson = False) -> None:
    """Show who may sign in."""
    from catalogs.gallery.safety.passwords import read_users

    path = place(users, state_folder(state), "users")
    found = [entry.user for entry in read_users(path).values()] if path.exists() else []
    if as_json:
        print_json([{"name": user.name, "role": user.role} for user in found])
        return
    for user in found:
        tell(f"{user.role:<8}{user.name}")
    if not found:
        say(f"{path} names nobody; toile gallery user add NAME does")


def place(named: str, state: Path, name: str) -> Path:
    """Return a file that was named, or the gallery's own in a state folder."""
    return Path(named).expanduser().absolute() if named else state / "gallery" / name


def _asked_password(name: str) -> str:
    """Return a password from the keyboard, twice, or from a script's line.

    Raises:
        StartRefused: the two are not the same.
    """
    from catalogs.gallery.safety.errors import StartRefused

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Once more: ") != password:
        raise StartRefused("the two passwords are not the same; nothing was changed")
    return password
