"""The ways to people: a webhook that takes JSON, and mail. Addresses are secrets, and in no log."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import httpx

from configs.errors import ConfigError
from flows.errors import NoticeRefused

WEBHOOK, MAIL = "TOILE_NOTICE_WEBHOOK", "TOILE_NOTICE_MAIL"
# What Prefect's server keeps them under, encrypted.
WEBHOOK_BLOCK, MAIL_BLOCK = "toile-notices", "toile-notice-mail"
_TIMEOUT_S = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Addresses:
    """Where notices go: "" for nowhere.

    Attributes:
        webhook: https://host/path that takes a POST of JSON; ``text`` in it is what chats show.
        mail: smtp://user:password@host:587/?from=toile@house.example&to=a@house.example&to=b@…; ``smtps`` for
            TLS from the beginning. With ``smtp``, TLS is used where the server offers it, and demanded
            before a password is sent.
    """

    webhook: str = field(default="", repr=False)
    mail: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.webhook and urlsplit(self.webhook).scheme not in ("http", "https"):
            raise ConfigError(f"{WEBHOOK} is no address of a web page; it begins with https://")
        if self.mail:
            parts = urlsplit(self.mail)
            asked = parse_qs(parts.query)
            if (
                parts.scheme not in _PORTS
                or not parts.hostname
                or not asked.get("to")
                or not asked.get("from")
            ):
                raise ConfigError(
                    f"{MAIL} is no mail server with sender and receivers; it looks like "
                    "smtp://user:password@host:587/?from=a@house.example&to=b@house.example"
                )

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Addresses:
        """Return what the environment says.

        Raises:
            ConfigError: it is no address; which one is wrong is said, and never what it is.
        """
        return cls(environment.get(WEBHOOK, ""), environment.get(MAIL, ""))

    @property
    def ways(self) -> dict[str, Callable[[str, Mapping[str, Any]], None]]:
        """The ways that there are, by name: each takes a subject and a notice's facts, and sends them."""
        named: dict[str, Callable[[str, Mapping[str, Any]], None]] = {}
        if self.webhook:
            named["webhook"] = self._post
        if self.mail:
            named["mail"] = self._mail
        return named

    def _post(self, subject: str, facts: Mapping[str, Any]) -> None:
        body = {"subject": subject, **facts, "text": f"{subject}\n\n{facts['text']}"}
        try:
            answer = httpx.post(self.webhook, json=body, timeout=_TIMEOUT_S)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # its words would hold the address
            raise NoticeRefused(f"the webhook does not answer ({type(error).__name__})") from None
        if answer.is_error:
            raise NoticeRefused(f"the webhook answers {answer.status_code}")

    def _mail(self, subject: str, facts: Mapping[str, Any]) -> None:
        parts = urlsplit(self.mail)
        asked = parse_qs(parts.query)
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, asked["from"][0], ", ".join(asked["to"])
        message.set_content(str(facts["text"]))
        message.add_attachment(
            json.dumps(dict(facts), indent=2).encode(), "application", "json", filename="notice.json"
        )
        try:
            _send(parts, message)
        except (OSError, smtplib.SMTPException) as error:
            raise NoticeRefused(f"the mail server does not take it ({type(error).__name__})") from None


def _send(parts: SplitResult, message: EmailMessage) -> None:
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    context = ssl.create_default_context()
    kind: Any = smtplib.SMTP
    options: dict[str, Any] = {"timeout": _TIMEOUT_S}
    if parts.scheme == "smtps":
        kind, options = smtplib.SMTP_SSL, options | {"context": context}
    with kind(host, port, **options) as server:
        server.ehlo()
        if parts.scheme == "smtp" and (parts.password or server.has_extn("starttls")):
            server.starttls(context=context)
            server.ehlo()
        if parts.username and parts.password:
            server.login(unquote(parts.username), unquote(parts.password))
        server.send_message(message)
