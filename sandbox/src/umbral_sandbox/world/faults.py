"""Faults that can be injected, and the exceptions that they raise on the wire."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

CALL_FAULTS: Final = frozenset(
    {
        "flood",
        "error",
        "error_after",
        "drop_before",
        "drop_after",
        "slow",
        "hold_before",
        "hold_after",
        "garbage",
    }
)
NAMED_FAULTS: Final = frozenset({"channels_too_much", "auth_lost", "restricted"})
WEBHOOK_FAULTS: Final = frozenset({"duplicate", "reorder", "delay", "drop", "forge", "truncate"})
FAULTS_OF: Final = {
    "webhooks": WEBHOOK_FAULTS,
    "bot_api": CALL_FAULTS,
    "mtproto": CALL_FAULTS | NAMED_FAULTS,
    "stripe": CALL_FAULTS,
    "paypal": CALL_FAULTS,
    "cryptomus": CALL_FAULTS,
}


class Fault(BaseModel):
    """Active fault. times: number of calls that the fault still affects; None if the fault affects every call until it
    is replaced.
    """

    model_config = ConfigDict(extra="forbid")

    on: str
    do: str
    method: str | None = None
    times: int | None = Field(default=None, ge=1)
    n: int | None = Field(default=None, ge=1, le=1000, description="copies, for duplicate")
    seconds: float | None = Field(default=None, ge=0, le=86_400 * 7, description="real seconds")
    code: int | None = Field(default=None, ge=100, le=599)

    def wants(self, on: str, method: str) -> bool:
        """Return True if this fault applies to a call of ``method`` on ``on``."""
        return self.on == on and self.method in {None, method}


class WrongFault(ValueError):
    """Raised for an invalid fault: its place, its effect or its method is unknown."""


class WireFault(Exception):
    """Base of the faults that are raised while a call is served, and that each protocol renders in its own format."""


class FaultFlood(WireFault):
    """Fault: too many requests; the caller has to wait ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"flood: wait {seconds} s")
        self.seconds = seconds


class FaultError(WireFault):
    """Fault: a call gets a response with this error code. done: True if the call took effect before."""

    def __init__(self, code: int, *, done: bool) -> None:
        super().__init__(f"error {code}" + (" after it was done" if done else ""))
        self.code = code
        self.done = done


class FaultDrop(WireFault):
    """Fault: the connection is cut without a response. done: True if the call took effect before."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("connection cut" + (" after it was done" if done else " before it was done"))
        self.done = done


class FaultGarbage(WireFault):
    """Fault: a call that took effect gets a response of invalid bytes."""

    def __init__(self) -> None:
        super().__init__("garbage in place of the answer")


class FaultNamed(WireFault):
    """Fault: a call is refused with one of Telegram's names: ``channels_too_much``, ``auth_lost`` or ``restricted``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
