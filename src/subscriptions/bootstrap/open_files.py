"""Limit of a process's open files, and connections that cannot be accepted because the limit is reached."""

import asyncio
import errno
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

WANTED_FILES: Final = 16_384
"""Number of files that a process may have open, if the system permits it. Each connection is an open file; the usual
limit is 1,024, which programs that need more raise themselves.
"""
LOG_EVERY_S: Final = 60.0
"""Minimum interval in seconds between two log entries about connections that could not be accepted."""
_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors after which asyncio's server tries again a second later."""


def raise_file_limit(wanted: int = WANTED_FILES) -> None:
    """Raise the limit of open files to `wanted`, or as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class ShortageLog:
    """Handler of an event loop's errors that logs connections which could not be accepted at most once a minute.

    asyncio reports the error for each place in the queue of waiting connections, up to thousands of times a second.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Create the handler. clock: monotonic time in seconds."""
        self._clock = clock
        self._next_at: float | None = None
        self._errors = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Log a shortage; pass all other errors to the loop's own handler."""
        error = context.get("exception")
        if "socket" not in context or not isinstance(error, OSError) or error.errno not in _SHORTAGES:
            loop.default_exception_handler(dict(context))
            return
        self._errors += 1
        if self._next_at is None or self._clock() >= self._next_at:
            log.error("connections cannot be accepted", reason=error.strerror, errors=self._errors)
            self._next_at, self._errors = self._clock() + LOG_EVERY_S, 0
