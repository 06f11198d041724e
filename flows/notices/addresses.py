"""Where the addresses of notices are kept: the environment, else encrypted on Prefect's server."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect.blocks.system import Secret
from prefect.blocks.webhook import Webhook

from flows.notices.ways import MAIL_BLOCK, WEBHOOK_BLOCK, Addresses


def known_addresses() -> Addresses:
    """Return the environment's addresses, and in place of one that is not there the server's.

    Raises:
        ConfigError: one is none.
    """
    told = Addresses.of_environment()
    return Addresses(
        told.webhook or _secret(Webhook, WEBHOOK_BLOCK), told.mail or _secret(Secret[str], MAIL_BLOCK)
    )


def keep_addresses(addresses: Addresses) -> None:
    """Give the server what is there, in blocks that it encrypts; what is not there stays as it is."""
    if addresses.webhook:
        Webhook(url=addresses.webhook).save(WEBHOOK_BLOCK, overwrite=True)
    if addresses.mail:
        Secret[str](value=addresses.mail).save(MAIL_BLOCK, overwrite=True)


def webhook_block() -> UUID | None:
    """Return the id of the server's block with the webhook, None where there is none."""
    found: Any = _load(Webhook, WEBHOOK_BLOCK)
    return None if found is None else found._block_document_id


def _secret(kind: Any, name: str) -> str:
    found = _load(kind, name)
    if found is None:
        return ""
    return str((found.url if isinstance(found, Webhook) else found.value).get_secret_value())


def _load(kind: Any, name: str) -> Any:
    try:
        return kind.load(name)
    except ValueError:  # what Prefect says where there is none
        return None
