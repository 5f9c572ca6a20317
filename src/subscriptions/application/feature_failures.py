"""Handling of errors raised by features: the error is recorded with the feature's name, and the rest of the product
continues.

`contained` skips the failing part; `named` only records the error. Failures are recorded in memory, because many happen
without access to a database. `alarms.report_failures` raises their alarms.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any, Final, ParamSpec, TypeVar

from subscriptions.application.features import InvalidFeature
from subscriptions.domain.errors import RetryLater, UmbralError

A = ParamSpec("A")
T = TypeVar("T")

PATIENCE_S: Final = 10.0
"""Time limit in seconds of a feature's additions to a screen of the core. Work that blocks the process cannot be
stopped.
"""
LONGEST_WORK_S: Final = 600.0
"""Time limit in seconds for a feature's background work that shares a process with other work: a job, scheduled work,
or the regular checks of an account.
"""
LONGEST_ANSWER_S: Final = 60.0
"""Time limit in seconds for a feature's response to one request or update."""
KEPT: Final = 100
"""Maximum number of failures that are stored in memory until their alarms are raised."""
_SHOWN_PARTS: Final = 3
"""Number of trailing components of a file's path that are shown in a failure."""


def _log() -> Any:
    # Imported late, because structlog loads rich, which the help of the command line does not need.
    import structlog

    if not structlog.is_configured():
        # The process runs a command of `umbral`, whose result is written to the standard output.
        return structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
    return structlog.get_logger(__name__)


@dataclass
class Failures:
    """Failures of features in one process: those not reported yet, and those that last until the process ends."""

    waiting: dict[tuple[str, str], str] = field(default_factory=dict)
    lasting: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, feature: str, where: str, error: BaseException, *, lasts: bool = False) -> None:
        """Record and log a failure. where: part of the product that called the feature. lasts: True if the part stays
        unavailable until the process ends.
        """
        reason = reason_of(error)
        if reason not in {self.lasting.get((feature, where)), self.waiting.get((feature, where))}:
            _log().error("feature failed", feature=feature, where=where, error=reason)
        if lasts:
            self.lasting[feature, where] = reason
        elif len(self.waiting) < KEPT:
            self.waiting[feature, where] = reason

    def take(self) -> Mapping[tuple[str, str], str]:
        """Return the failures to report, and delete those that do not last."""
        found, self.waiting = {**self.lasting, **self.waiting}, {}
        return found

    def give_back(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Store again the failures that could not be reported."""
        self.waiting = {**failures, **self.waiting}


FAILURES: Final = Failures()
"""Failures of features in this process. Failures can be recorded even while modules are being imported."""


def reason_of(error: BaseException) -> str:
    """Return the type of an error and the line that raised it. The error's message is left out, because it may contain
    personal data; it is included only for an invalid declaration.
    """
    if isinstance(error, InvalidFeature):
        return str(error)
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    file = "/".join(frames[-1].filename.split("/")[-_SHOWN_PARTS:])
    return f"{type(error).__name__}, {file}:{frames[-1].lineno}"


@contextmanager
def contained(
    feature: str, where: str, *, lasts: bool = False, passes: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Suppress an error that the `with` block raises, and record it as a failure. A temporary failure (RetryLater) is
    only logged.

    feature: name of the feature to which the failure belongs
    where: part of the product that calls the feature
    lasts: True if the part stays unavailable until the process ends
    passes: errors that are raised again and not recorded
    """
    try:
        yield
    except passes:
        raise
    except RetryLater as error:
        _log().warning("feature left out", feature=feature, where=where, reason=str(error))
    except Exception as error:
        FAILURES.add(feature, where, error, lasts=lasts)


@contextmanager
def named(feature: str | None, where: str, passes: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Record an error that the `with` block raises, and raise it again. Errors raised deliberately, such as refusals,
    are not recorded.

    feature: None for a block of the core, whose errors are not recorded
    passes: other errors that are not recorded
    """
    try:
        yield
    except passes:
        raise
    except UmbralError as error:
        if feature is not None and isinstance(error, InvalidFeature):
            FAILURES.add(feature, where, error)
        raise
    except Exception as error:
        if feature is not None:
            FAILURES.add(feature, where, error)
        raise


def named_call(
    feature: str,
    where: str,
    call: Callable[A, Awaitable[T]],
    limit_s: float | None = None,
    passes: tuple[type[Exception], ...] = (),
) -> Callable[A, Coroutine[Any, Any, T]]:
    """Return an asynchronous function that records errors of `call` as `named` does, and raises them again.

    limit_s: seconds after which the function fails with TimeoutError; None for no limit
    passes: errors that are not recorded
    """

    async def call_named(*args: A.args, **kwargs: A.kwargs) -> T:
        with named(feature, where, passes):
            async with asyncio.timeout(limit_s):
                return await call(*args, **kwargs)

    return call_named


def contained_call(
    feature: str,
    where: str,
    call: Callable[A, Awaitable[T]],
    limit_s: float | None = None,
    passes: tuple[type[Exception], ...] = (),
) -> Callable[A, Coroutine[Any, Any, T | None]]:
    """Return an asynchronous function that suppresses and records errors of `call` as `contained` does. The function
    then returns None, as it does after `limit_s` seconds, by default `PATIENCE_S`.
    """

    async def call_contained(*args: A.args, **kwargs: A.kwargs) -> T | None:
        with contained(feature, where, passes=passes):
            async with asyncio.timeout(limit_s or PATIENCE_S):
                return await call(*args, **kwargs)
        return None

    return call_contained


def made(feature: str, where: str, make: Callable[[], T], passes: tuple[type[Exception], ...] = ()) -> list[T]:
    """Return a list with the result of `make`, or an empty list if `make` fails. The failure is recorded as lasting
    until the process ends. passes: errors that are raised again and not recorded.
    """
    with contained(feature, where, lasts=True, passes=passes):
        return [make()]
    return []
