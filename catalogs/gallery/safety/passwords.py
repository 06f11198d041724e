"""Those who sign in with a password: a file of names, roles and argon2 hashes, a line each.

::

    mia:editor:$argon2id$v=19$m=65536,t=3,p=4$…
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from catalogs.gallery.safety.errors import StartRefused
from catalogs.gallery.safety.files import read_private, write_private
from catalogs.gallery.safety.users import ROLES, Role, User

LEAST_LENGTH, MOST_LENGTH, MOST_NAME = 10, 1024, 64
_log = logging.getLogger(__name__)
_hasher = PasswordHasher()
# Each check takes 64 MiB and a while on purpose: so many at once, so many waiting for one of these.
_AT_ONCE, _WAITING = 2, 8
_at_work = threading.BoundedSemaphore(_AT_ONCE)
_in_line = threading.BoundedSemaphore(_AT_ONCE + _WAITING)


class Crowded(Exception):
    """Too many passwords are checked at this moment."""


@dataclass(frozen=True)
class Entry:
    """A line of the file: who, and the hash of the password."""

    user: User
    hash: str

    @property
    def mark(self) -> str:
        """Return what changes with the password and the role: sessions of before end."""
        return hashlib.sha256(f"{self.user.role}:{self.hash}".encode()).hexdigest()[:16]


class Passwords:
    """The file of users, read again whenever it changed; one that is broken then is told of, not used.

    Raises:
        StartRefused: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: Mapping[str, Entry] = read_users(path)
        self._seen = self._stamp()

    def find(self, name: str) -> Entry | None:
        """Return somebody's line; None: nobody of that name, or no longer."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._entries = read_users(self._path)
            except StartRefused as error:
                _log.error("%s; those of before still sign in", error)
        return self._entries.get(name)

    def check(self, name: str, password: str) -> Entry | None:
        """Return somebody's line if this is their password; a name that nobody has takes as long.

        Raises:
            Crowded: so many wait for theirs to be checked that all pages would wait for them.
        """
        if len(password) > MOST_LENGTH:
            return None
        if not _in_line.acquire(blocking=False):
            raise Crowded
        try:
            entry = self.find(name)
            with _at_work:
                _hasher.verify(entry.hash if entry else self._nobody, password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return None
        finally:
            _in_line.release()
        return entry

    @cached_property
    def _nobody(self) -> str:
        return _hasher.hash("a password that nobody has")

    def _stamp(self) -> tuple[int, ...]:
        try:
            stat = self._path.stat()
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def read_users(path: Path) -> dict[str, Entry]:
    """Return the lines of a file by name.

    Raises:
        StartRefused: it cannot be read, or a line is none; the message names the line, not what it says.
    """
    entries: dict[str, Entry] = {}
    for number, line in enumerate(read_private(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        role, _, hashed = rest.partition(":")
        known = next((one for one in ROLES if one == role), None)
        if known is None or not hashed.startswith("$argon2id$") or name in entries or not _is_name(name):
            raise StartRefused(
                f"line {number} of {path} is not NAME:ROLE:HASH with a name of its own and a role of "
                f"{' or '.join(ROLES)}; remove it, and add the user by `toile gallery user add`"
            )
        entries[name] = Entry(User(name, known), hashed.strip())
    return entries


def write_user(path: Path, name: str, role: Role, password: str) -> bool:
    """Put somebody into the file, which is made where it is not there; say whether the name was new.

    Raises:
        StartRefused: no name, too short a password, or the file cannot be read or written.
    """
    if not _is_name(name):
        raise StartRefused(
            f"a name has 1 to {MOST_NAME} letters, digits, spaces or marks but no colon and no line end, "
            f"got {name[:80]!r}"
        )
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise StartRefused(
            f"a password has {LEAST_LENGTH} to {MOST_LENGTH} characters, got {len(password)}; three or four "
            "words are easy to keep in mind and hard to guess"
        )
    entries = read_users(path) if path.exists() else {}
    is_new = name not in entries
    entries[name] = Entry(User(name, role), _hasher.hash(password))
    _write(path, entries)
    return is_new


def remove_user(path: Path, name: str) -> bool:
    """Take somebody out of the file; say whether the name was in it.

    Raises:
        StartRefused: the file cannot be read or written.
    """
    entries = read_users(path) if path.exists() else {}
    if entries.pop(name, None) is None:
        return False
    _write(path, entries)
    return True


def _write(path: Path, entries: Mapping[str, Entry]) -> None:
    lines = (f"{name}:{entry.user.role}:{entry.hash}\n" for name, entry in sorted(entries.items()))
    write_private(path, "".join(lines))


def _is_name(name: str) -> bool:
    fits = 0 < len(name) <= MOST_NAME and name == name.strip() and ":" not in name
    return fits and name.isprintable() and not name.startswith("#")
