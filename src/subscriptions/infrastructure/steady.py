"""Monotonic time, for code that must not depend on the system's date and time."""

import time
from typing import Final

_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)
"""Id of the clock that continues while the machine sleeps; None if the system has no such clock. The usual monotonic
clock, which stops during sleep, is used then.
"""


def steady() -> float:
    """Return the seconds since a time in the past that does not change while the process runs."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)
