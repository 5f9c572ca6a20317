"""Codes of an authenticator app (TOTP, RFC 6238)."""

from datetime import datetime
from typing import Protocol


class OneTimeCodes(Protocol):
    """Makes an app's secret, and knows its codes."""

    def new_secret(self) -> str:
        """Return a secret as an app takes it: Base32."""
        ...

    def address(self, secret: str, account: str, issuer: str) -> str:
        """Return what an app reads from a QR code (`otpauth://`)."""
        ...

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the number of the period whose code it is, this one or one beside it; None for a wrong code."""
        ...
