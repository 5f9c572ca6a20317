"""Ids in the formats of PayPal."""

import string
from typing import Final

from umbral_sandbox.world.ids import Ids

_UPPER: Final = string.ascii_uppercase + string.digits
#: The provider's variant of Base32: a payer's id matches `^[2-9A-HJ-NP-Z]{13}$`, as in its published specifications.
_BASE32: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: Prefix of each kind of id, and the number of characters that follow.
_FORMS: Final = {
    "product": ("PROD-", 17),
    "plan": ("P-", 24),
    "subscription": ("I-", 12),
    "agreement": ("BA-", 17),
    "payment": ("", 17),
    "webhook": ("", 17),
    "debug": ("", 13),
    "payer": ("", 13),
}


class PayPalIds:
    """Generator of ids, deterministic from the world's seed."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def new(self, kind: str) -> str:
        """Return a new id of this kind."""
        lead, length = _FORMS[kind]
        token = self._ids.token(f"paypal/{kind}", length, _BASE32 if kind == "payer" else _UPPER)
        return lead + (token.lower() if kind == "debug" else token)

    def event(self) -> str:
        """Return a new event id, ``WH-…-…``."""
        token = self._ids.token("paypal/event", 34, _UPPER)
        return f"WH-{token[:17]}-{token[17:]}"

    def dispute(self) -> str:
        """Return a new dispute id, ``PP-R-…-…``."""
        digits = self._ids.token("paypal/dispute", 11, string.digits)
        return f"PP-R-{digits[:3]}-{digits[3:]}"

    def transmission(self) -> str:
        """Return a UUID of a time-based version."""
        digits = self._ids.token("paypal/transmission", 31, "0123456789abcdef")
        return f"{digits[:8]}-{digits[8:12]}-1{digits[12:15]}-a{digits[15:18]}-{digits[18:30]}"

    def certificate(self) -> str:
        """Return a new certificate id, ``CERT-…-…-…``."""
        digits = self._ids.token("paypal/certificate", 24, "0123456789abcdef")
        return f"CERT-{digits[:8]}-{digits[8:16]}-{digits[16:]}"

    def token(self) -> str:
        """Return an access token."""
        return "A21AA" + self._ids.token("paypal/access_token", 92, string.ascii_letters + string.digits + "-_")

    def secret(self, kind: str) -> str:
        """Return a client id or a client secret."""
        return self._ids.token(f"paypal/{kind}", 80, string.ascii_letters + string.digits + "-_")

    def sequence(self) -> int:
        """Return the next position in the order of creation."""
        return self._ids.next("paypal/sequence")

    def coin(self, kind: str) -> bool:
        """Return a random boolean, determined by the seed."""
        return self._ids.random(f"paypal/{kind}").random() < 0.5
