"""Port for the codes of an authenticator app (TOTP, RFC 6238)."""

from datetime import datetime
from typing import Protocol


class OneTimeCodes(Protocol):
    """Port for creating secrets for an authenticator app, and for checking the app's codes."""

    def new_secret(self) -> str:
        """Return a new Base32 secret for an authenticator app."""
        ...

    def address(self, secret: str, account: str, issuer: str) -> str:
        """Return the `otpauth://` URI that an authenticator app reads from a QR code."""
        ...

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the number of the time step of the code, which is the current step or an adjacent one. Return None for
        a wrong code.
        """
        ...
