"""Monotonic time, for code that must not depend on the system's date."""

import time
from typing import Final

_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)
"""Clock that continues while the machine sleeps, if the system has one. Without it, the usual monotonic clock is used,
which stops during sleep.
"""


def steady() -> float:
    """Return the seconds since a fixed time in the past, the same for the whole process."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)
