"""What one call asks."""

from dataclasses import dataclass

from umbral_sandbox.payments.cryptomus.rules import Given


@dataclass(frozen=True)
class Ask:
    """Checked parameters, the page of a list that is wanted, and the address the stand-in was called at."""

    given: Given
    base: str
    cursor: str | None = None
