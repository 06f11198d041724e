"""The files with keys and passwords that compose.yaml reads, drawn once, and the settings beside them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalogs.access import ROLES, policy
from catalogs.gallery.safety.passwords import write_user
from catalogs.gallery.safety.users import EDITOR
from flows.errors import StackRefused
from flows.stack.services.store import BUCKET, credentials_text, draw_keys, storage_text

# As compose.yaml calls them.
STORE = "http://store:8333"
DATABASE = "database:5432/prefect"
USER = "prefect"
USER_OF_GALLERY = "toile"


def store_identities(keys: Mapping[str, tuple[str, str]], bucket: str, prefix: str = "") -> dict[str, Any]:
    """Return what SeaweedFS is told of its users: one a role, each under its policy.

    Args:
        keys: access key and secret of the roles, by their names.
        bucket, prefix: as for ``policy``.
    """
    return {
        "identities": [
            {
                "name": name,
                "credentials": [{"accessKey": key, "secretKey": secret}],
                "policyNames": [name],
            }
            for name, (key, secret) in keys.items()
        ],
        "policies": [
            {"name": name, "content": json.dumps(policy(ROLES[name], bucket, prefix))} for name in keys
        ],
    }


def write_team_files(folder: Path) -> list[Path]:
    """Draw everything that compose.yaml reads from a folder, once.

    The folder is open to its owner alone. The files in it may be read by all, because a container gets single
    files, and its user is none that this machine knows.

    Returns:
        The files.

    Raises:
        StackRefused: something lies there: drawn again, the keys would not fit the data that they opened.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StackRefused(
            f"{folder} is there, and what is in it opens what runs; name another folder, or remove it "
            "together with the volumes of compose.yaml"
        ) from None
    password, entrance = secrets.token_urlsafe(30), f"toile:{secrets.token_urlsafe(24)}"
    login = secrets.token_urlsafe(24)
    keys = {name: draw_keys() for name in ROLES}
    contents = {
        "database-password": password,
        "prefect-server.toml": _profile(
            PREFECT_SERVER_API_AUTH_STRING=entrance,
            PREFECT_SERVER_DATABASE_CONNECTION_URL=f"postgresql+asyncpg://{USER}:{password}@{DATABASE}",
        ),
        "prefect-client.toml": _profile(PREFECT_API_AUTH_STRING=entrance),
        "store.json": json.dumps(store_identities(keys, BUCKET), indent=2),
        "storage.yaml": storage_text(STORE),
        "gallery-secret": f"{secrets.token_urlsafe(32)}\n",
        "gallery-login": f"{USER_OF_GALLERY}:{login}\n",
    }
    for name, (key, secret) in keys.items():
        contents[f"{name}.aws"] = credentials_text(key, secret)
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_user(folder / "gallery-users", USER_OF_GALLERY, EDITOR, login)
    files = [folder / name for name in (*contents, "gallery-users")]
    for file in files:
        file.chmod(0o444)
    return files


def _profile(**settings: str) -> str:
    """Return settings as a file of Prefect's profiles, which ``PREFECT_PROFILES_PATH`` names."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(('active = "house"', "[profiles.house]", *lines)) + "\n"
