"""Settings of the gateway, read from the environment and validated one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from subscriptions.domain.ports.payment_gateway import Misconfigured

PAGE = "TRANSFER_PAGE"
SEAL = "TRANSFER_SECRET"
SHORTEST = 16


@dataclass(frozen=True)
class TransferSettings:
    """Settings of the gateway.

    page: address of the payment page, without a question mark.
    secret: secret for signing staff decisions.
    """

    page: str
    secret: str = field(repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the settings; None if neither is set. Raise Misconfigured with all errors."""
        page, secret = (environ.get(name, "").strip() for name in (PAGE, SEAL))
        if not page and not secret:
            return None
        problems = []
        if urlsplit(page).scheme not in {"http", "https"} or "?" in page:
            problems.append((PAGE, "put the address of your page with the account here: https://…"))
        if len(secret) < SHORTEST:
            problems.append((SEAL, f"put {SHORTEST} characters or more here, known to nobody else"))
        if problems:
            raise Misconfigured(*problems[0], *problems[1:])
        return cls(page, secret)
