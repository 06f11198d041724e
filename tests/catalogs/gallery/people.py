"""Browsers of people: each is a client of its own, signed in or not."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.safety.guard import TOKEN_HEADER
from catalogs.gallery.safety.porter import COOKIE, Porter
from catalogs.gallery.safety.users import EDITOR, Role, User

ADDRESS = "http://127.0.0.1:8080"
# Hashes that take no time, as nobody guesses here.
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def users_in(folder: Path, **roles: Role) -> Path:
    """Return a file of users by their roles, each with the password ``<name> has a long one``."""
    path = folder / "users"
    lines = [f"{name}:{role}:{_hasher.hash(f'{name} has a long one')}\n" for name, role in roles.items()]
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path


def passer_by(app: FastAPI) -> TestClient:
    """Return the browser of somebody who never signed in."""
    return TestClient(app, base_url=ADDRESS, follow_redirects=False)


def signed_in(app: FastAPI, name: str = "mia", role: Role = EDITOR) -> TestClient:
    """Return the browser of somebody who is signed in; its requests carry the token of the pages."""
    porter: Porter = app.state.porter
    cookie = porter.let_in(User(name, role))
    visit = porter.known_by(cookie)
    assert visit is not None
    browser = passer_by(app)
    browser.cookies.set(f"{COOKIE}-8080", cookie)
    browser.headers[TOKEN_HEADER] = porter.token(visit)
    return browser
