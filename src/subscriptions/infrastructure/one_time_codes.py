"""Time-based one-time codes of authenticator apps, based on `cryptography`, a library that the web process needs
anyway.
"""

import base64
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_BYTES: Final = 20
"""Length of a secret in bytes, as RFC 4226 recommends."""
_DIGITS: Final = 6
_PERIOD_S: Final = 30
_CLOCK_SLACK: Final = 1
"""Number of time steps before and after the current one whose codes are accepted, for clocks that differ slightly."""


class TotpCodes:
    """Implementation of OneTimeCodes with the parameters of common authenticator apps: SHA-1, six digits, thirty
    seconds.
    """

    def new_secret(self) -> str:
        """Implements `OneTimeCodes.new_secret`."""
        return base64.b32encode(secrets.token_bytes(_BYTES)).decode()

    def address(self, secret: str, account: str, issuer: str) -> str:
        """Implements `OneTimeCodes.address`."""
        return _totp(secret).get_provisioning_uri(account, issuer)

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Implements `OneTimeCodes.step_of`."""
        if len(code) != _DIGITS or not code.isascii() or not code.isdigit():
            return None
        totp, step = _totp(secret), int(now.timestamp()) // _PERIOD_S
        for each in range(step - _CLOCK_SLACK, step + _CLOCK_SLACK + 1):
            try:
                totp.verify(code.encode(), each * _PERIOD_S)
            except InvalidToken:
                continue
            return each
        return None


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), _PERIOD_S)
