"""Port for signing in with Telegram in a browser: the browser is redirected to Telegram and returns with a code."""

from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.ids import TelegramId


class LoginRefused(Exception):
    """Raised if Telegram does not identify the person who signs in. The text of the exception is for the log."""


@dataclass(frozen=True)
class LoginRequest:
    """Parameters of one sign-in.

    return_url: address to which Telegram redirects the browser afterwards
    state: value that Telegram returns with the code
    verifier: value presented with the code, so that a stolen code is useless (PKCE, RFC 7636)
    """

    return_url: str
    state: str
    verifier: str


class TelegramLogin(Protocol):
    """Telegram's login for websites."""

    def address(self, request: LoginRequest) -> str:
        """Return the address to which the browser is redirected."""
        ...

    async def person(self, request: LoginRequest, code: str) -> TelegramId:
        """Return the person identified by a code, which is valid once. Raise LoginRefused if Telegram rejects the
        code.
        """
        ...
