"""Who may do what: every route is guarded, reading by ``Viewer`` and writing by ``Editor``.

A route that anybody may ask for (a sign-in page, a shared list with a signature of its own) says so with
``open_to_all``. ``guarded`` runs before every route, so that one that says nothing is closed.
"""

from catalogs.gallery.safety.guard import Editor, Viewer, guarded, keep_guard, open_to_all
from catalogs.gallery.safety.porter import Porter, Visit
from catalogs.gallery.safety.users import EDITOR, VIEWER, Role, User

__all__ = [
    "EDITOR",
    "VIEWER",
    "Editor",
    "Porter",
    "Role",
    "User",
    "Viewer",
    "Visit",
    "guarded",
    "keep_guard",
    "open_to_all",
]
