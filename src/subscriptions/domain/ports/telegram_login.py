"""Sign-in by Telegram in a browser: somebody is sent there, and comes back with a code."""

from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.ids import TelegramId


class LoginRefused(Exception):
    """Telegram does not say who it is. The text says why, for the log."""


@dataclass(frozen=True)
class LoginRequest:
    """One sign-in. return_url: the address that Telegram leads back to. state: comes back with the code.

    verifier: shown when the code is used, so that nobody else's code is of use (PKCE, RFC 7636).
    """

    return_url: str
    state: str
    verifier: str


class TelegramLogin(Protocol):
    """Telegram's login for websites."""

    def address(self, request: LoginRequest) -> str:
        """Return where a browser is sent."""
        ...

    async def person(self, request: LoginRequest, code: str) -> TelegramId:
        """Return who came back with a code, which counts once. Raises LoginRefused."""
        ...
