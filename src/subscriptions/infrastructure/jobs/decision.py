"""What becomes of a job whose handler raised: the error's type decides, and nothing else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater

LONGEST_RETRY: Final = timedelta(seconds=8)
AMBIGUOUS_PAUSE: Final = timedelta(seconds=5)
"""Time for the outside world to finish what may still be under way there."""

AMBIGUOUS_QUICK: Final = 20
"""Tries, some two and a half minutes, after which the pauses are longer: each may have sent a message once more."""
AMBIGUOUS_LATER: Final = timedelta(minutes=1)
AMBIGUOUS_ATTEMPTS: Final = 1500
"""More than a day of them."""

REAL_WAIT_LIMIT: Final = timedelta(seconds=5)
"""A longer ordered wait is business time and lies in `due_jobs`."""

UNEXPECTED_ATTEMPTS: Final = 8


@dataclass(frozen=True)
class Retry:
    """Run it again after `delay` of real time."""

    delay: timedelta


@dataclass(frozen=True)
class Postpone:
    """Run it again after `wait` of business time."""

    wait: timedelta


@dataclass(frozen=True)
class Hold:
    """Keep it for a person."""


@dataclass(frozen=True)
class Finish:
    """Nothing more to do until the customer acts."""


Decision = Retry | Postpone | Hold | Finish


def decide(error: Exception, attempts: int) -> Decision:
    """attempts: how often it has run again so far. What may work later is never given up, a fault of ours is; so is,
    after more than a day, what may be done again with each try."""
    if isinstance(error, RetryLater):
        return _retry_later(error.delay, attempts)
    if isinstance(error, Ambiguous) and attempts < AMBIGUOUS_ATTEMPTS:
        return Retry(max(AMBIGUOUS_PAUSE, backoff(attempts)) if attempts < AMBIGUOUS_QUICK else AMBIGUOUS_LATER)
    if isinstance(error, ActionRequired):
        return Finish()
    if isinstance(error, Permanent | Ambiguous) or attempts + 1 >= UNEXPECTED_ATTEMPTS:
        return Hold()
    return Retry(backoff(attempts))


def backoff(attempts: int) -> timedelta:
    """1, 2, 4, 8, 8, … seconds."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_RETRY)


def _retry_later(duration: timedelta | None, attempts: int) -> Decision:
    if duration is None:
        return Retry(backoff(attempts))
    return Retry(max(duration, timedelta())) if duration <= REAL_WAIT_LIMIT else Postpone(duration)
