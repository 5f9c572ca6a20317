"""Content of one call."""

from dataclasses import dataclass

from umbral_sandbox.payments.cryptomus.rules import Given


@dataclass(frozen=True)
class Ask:
    """Checked parameters, the requested page of a list, and the address under which the simulator was called."""

    given: Given
    base: str
    cursor: str | None = None
