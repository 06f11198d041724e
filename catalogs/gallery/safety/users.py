"""People, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "editor"]
VIEWER: Role = "viewer"
EDITOR: Role = "editor"
ROLES: tuple[Role, ...] = (VIEWER, EDITOR)


@dataclass(frozen=True)
class User:
    """Somebody who looks.

    Attributes:
        name: as events and notes are signed; "" for somebody at this machine who did not sign in.
        role: a viewer reads, an editor writes too.
    """

    name: str
    role: Role

    @property
    def may_write(self) -> bool:
        """Say whether shortlists and requests are theirs to change."""
        return self.role == EDITOR
