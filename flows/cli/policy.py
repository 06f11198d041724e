"""``toile policy``: what each program and person may do in the bucket, for whoever hands out its keys."""

from __future__ import annotations

from typing import Annotated

import typer

from catalogs.access import ROLES
from flows.cli.options import AsJson, Root, full_root
from flows.cli.reporting import Command, family, print_json

app = family()


@app.command(
    "policy",
    cls=Command,
    epilog="Example: toile policy worker --root s3://my-bucket/house > worker.json. "
    + "; ".join(f"{role.name} {role.does}" for role in ROLES.values())
    + ".",
)
def policy(
    role: Annotated[str, typer.Argument(help="Whose policy: " + ", ".join(ROLES) + ".")],
    root: Root = "",
    as_json: AsJson = False,  # noqa: ARG001 (a policy is JSON anyway; an error becomes it)
) -> None:
    """Print a bucket policy that allows one role its work and nothing else, in S3's own language."""
    from catalogs.access import policy as policy_of
    from catalogs.storage.opening import bucket_and_prefix
    from configs.errors import ConfigError
    from configs.loading import load_storage

    if role not in ROLES:
        raise ConfigError(f"{role!r} is no role; there are {', '.join(ROLES)}")
    named = load_storage(root=full_root(root) or None).root
    found = bucket_and_prefix(named)
    if found is None:
        raise ConfigError(
            f"{named} is a directory, whose rights are those of its files; name a bucket: --root s3://…"
        )
    if any(mark in found[1] for mark in "*?$"):
        raise ConfigError(
            f"{named} holds a mark that policies read as a pattern; give the house another prefix"
        )
    print_json(policy_of(ROLES[role], *found))
