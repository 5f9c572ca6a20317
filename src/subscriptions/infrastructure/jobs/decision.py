"""Decision about a job whose handler raised an error. Only the type of the error matters."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater

LONGEST_RETRY: Final = timedelta(seconds=8)
AMBIGUOUS_PAUSE: Final = timedelta(seconds=5)
"""Pause after an uncertain result, so that an action that is still in progress can finish."""

AMBIGUOUS_QUICK: Final = 20
"""Number of attempts (about two and a half minutes) after which the pauses become longer. Each attempt may have sent a
message again.
"""
AMBIGUOUS_LATER: Final = timedelta(minutes=1)
AMBIGUOUS_ATTEMPTS: Final = 1500
"""Maximum number of attempts at an action with an uncertain result. They take more than a day."""

REAL_WAIT_LIMIT: Final = timedelta(seconds=5)
"""Maximum delay for a job that stays in the queue. A longer delay is measured in business time, and the job is moved to
`due_jobs`.
"""

UNEXPECTED_ATTEMPTS: Final = 8


@dataclass(frozen=True)
class Retry:
    """Decision to run the job again after `delay` of real time."""

    delay: timedelta


@dataclass(frozen=True)
class Postpone:
    """Decision to run the job again after `wait` of business time."""

    wait: timedelta


@dataclass(frozen=True)
class Hold:
    """Decision to keep the job for manual handling by staff."""


@dataclass(frozen=True)
class Finish:
    """Decision to finish the job, because there is nothing more to do until the customer acts."""


Decision = Retry | Postpone | Hold | Finish


def decide(error: Exception, attempts: int) -> Decision:
    """Return the decision about an error. `attempts`: number of earlier repetitions of the job.

    After RetryLater, the job is retried without limit. After ActionRequired, the job is finished. After Permanent, the
    job is kept for staff at once; after an unexpected error, after a few attempts. After Ambiguous, the job is kept for
    staff after more than a day, because each attempt may repeat the action.
    """
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
    """Return the delay before a retry: 1, 2, 4, 8, 8, … seconds."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_RETRY)


def _retry_later(duration: timedelta | None, attempts: int) -> Decision:
    if duration is None:
        return Retry(backoff(attempts))
    return Retry(max(duration, timedelta())) if duration <= REAL_WAIT_LIMIT else Postpone(duration)
