"""Who may do what: every route is guarded, reading by ``guard.Viewer`` and writing by ``guard.Editor``.

A route that anybody may ask for (a sign-in page, a shared list with a signature of its own) says so with
``guard.open_to_all``. ``guard.guarded`` runs before every route, so that one that says nothing is closed.
"""
