"""Input of the handlers of the Cryptomus API."""

from dataclasses import dataclass

from umbral_sandbox.payments.cryptomus.rules import Given


@dataclass(frozen=True)
class Ask:
    """Input of a handler: checked parameters, the requested page of a list, and the address under which the simulator
    was called.
    """

    given: Given
    base: str
    cursor: str | None = None
