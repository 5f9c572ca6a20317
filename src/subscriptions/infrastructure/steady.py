"""Time that only ever goes on, for what must not depend on anybody's calendar."""

import time
from typing import Final

_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)
"""Goes on while the machine sleeps, where the system has such a clock; the usual one stands still then."""


def steady() -> float:
    """Seconds since some moment in the past, the same for all of this process."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)
