"""Ids in the formats of Stripe."""

from umbral_sandbox.world.ids import Ids

_LENGTHS = {
    "cs_test": 58,
    "prod": 14,
    "cus": 14,
    "si": 14,
    "req": 14,
    "whsec": 32,
    "bps": 24,
}
_ACCOUNT = "Qm7VbKs2dTnLw4"
ACCOUNT_ID = f"acct_1S{_ACCOUNT}"


class StripeIds:
    """Generator of ids, deterministic from the world's seed."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def new(self, prefix: str) -> str:
        """Return a new id: ``prefix_`` and alphanumeric characters."""
        length = _LENGTHS.get(prefix)
        if length is not None:
            lead = "a1" if prefix == "cs_test" else ""
            return f"{prefix}_{lead}{self._token(prefix, length - len(lead))}"
        # Most ids contain the age of the object and the account in the middle.
        return f"{prefix}_1S{_ACCOUNT}{self._token(prefix, 8)}"

    def secret(self, kind: str) -> str:
        """Return a secret shared by the seller and the provider."""
        return self._ids.token(f"stripe/{kind}", 40)

    def sequence(self) -> int:
        """Return the next position in the order of creation."""
        return self._ids.next("stripe/sequence")

    def number(self, kind: str) -> int:
        """Return the next value of a counter, for invoice numbers."""
        return self._ids.next(f"stripe/{kind}")

    def _token(self, prefix: str, length: int) -> str:
        return self._ids.token(f"stripe/{prefix}", length)
