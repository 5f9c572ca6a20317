"""Ids that look like the provider's."""

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
    """Gives out ids; deterministic from the world's seed."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def new(self, prefix: str) -> str:
        """A new id: ``prefix_`` and letters and digits."""
        length = _LENGTHS.get(prefix)
        if length is not None:
            lead = "a1" if prefix == "cs_test" else ""
            return f"{prefix}_{lead}{self._token(prefix, length - len(lead))}"
        # Most ids carry the age of the object kind and the account in the middle.
        return f"{prefix}_1S{_ACCOUNT}{self._token(prefix, 8)}"

    def secret(self, kind: str) -> str:
        """What only the seller and the provider know."""
        return self._ids.token(f"stripe/{kind}", 40)

    def sequence(self) -> int:
        """The next place in the order of creation."""
        return self._ids.next("stripe/sequence")

    def number(self, kind: str) -> int:
        """A plain counter, for invoice numbers."""
        return self._ids.next(f"stripe/{kind}")

    def _token(self, prefix: str, length: int) -> str:
        return self._ids.token(f"stripe/{prefix}", length)
