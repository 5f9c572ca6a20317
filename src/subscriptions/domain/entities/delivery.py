"""Delivery of a message to a Telegram chat, recorded before sending and settled by its outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar, assert_never

from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater

M_co = TypeVar("M_co", covariant=True)

SENDING_TAKES: Final = timedelta(seconds=60)
"""Time after which a sender that started to send a message and recorded no outcome is considered dead."""

BLOCKED_BOT: Final = "blocked_bot"
"""Reason for a failed delivery: the recipient has blocked the bot. Also a kind of ActionRequired."""

DELETED_ACCOUNT: Final = "deleted_account"
"""Reason for a failed delivery: the recipient's account was deleted permanently. Also a kind of ActionRequired."""

NEVER_OPENED: Final = "never_opened"
"""Reason for a failed delivery: the recipient has never opened the bot. Also a kind of ActionRequired."""

UNREACHABLE: Final = frozenset({BLOCKED_BOT, DELETED_ACCOUNT, NEVER_OPENED})

LATE_REASON: Final = "late"
"""Reason for a failed delivery: the deadline of the message had passed."""


@dataclass(frozen=True)
class Sent(Generic[M_co]):
    """Outcome of a message that Telegram accepted. `message`: identifies the message at Telegram."""

    message: M_co


@dataclass(frozen=True)
class Postponed:
    """Outcome of an attempt in which nothing was sent; the delivery is retried later."""

    error: RetryLater


@dataclass(frozen=True)
class InDoubt:
    """Outcome of a message that was sent without a response; the message may have arrived."""

    error: Ambiguous


@dataclass(frozen=True)
class Refused:
    """Outcome of a permanent refusal. `reason`: Telegram's reason, or the kind of ActionRequired if the recipient
    caused the refusal.
    """

    reason: str
    error: ActionRequired | Permanent


@dataclass(frozen=True)
class Missed:
    """Outcome of a message whose deadline passed before it was sent."""


Outcome = Sent[M_co] | Postponed | InDoubt | Refused | Missed
"""Outcome of one attempt to send, change or delete a message."""


@dataclass(kw_only=True)
class Delivery:
    """Delivery state of a message. If it is uncertain whether the message was sent, it is sent again only when staff
    request it.

    sending_since: time at which sending began; set immediately before sending, and None once the outcome is recorded
    failed: reason why the message could not be sent, changed or deleted; None if it did not fail
    """

    message_id: int | None = None
    sending_since: datetime | None = None
    failed: str | None = None

    def time_left(self, now: datetime) -> timedelta:
        """Return the time for which other processes must not touch the delivery. After this time, its sender is
        considered dead. If `sending_since` is in the future because a clock was wrong, the time is zero.
        """
        remainder = self.sending_since + SENDING_TAKES - now if self.sending_since is not None else timedelta()
        return remainder if timedelta() < remainder <= SENDING_TAKES else timedelta()

    def give_up(self, reason: str) -> None:
        """Mark the delivery as failed, regardless of an attempt in progress."""
        self.sending_since, self.failed = None, reason

    def settle(self, outcome: Outcome[object]) -> None:
        """Record the outcome of an attempt. The caller records the message id."""
        self.sending_since = None
        match outcome:
            case Sent():
                self.failed = None
            case Refused():
                self.failed = outcome.reason
            case Missed():
                self.failed = self.failed or LATE_REASON
            case Postponed() | InDoubt():
                pass
            case _:
                assert_never(outcome)


@dataclass(kw_only=True)
class RepeatedDelivery(Delivery):
    """Delivery whose message is sent again if its outcome is unknown. `repeated`: number of messages that may have been
    sent twice for this reason.
    """

    repeated: int = 0

    def begin(self, now: datetime) -> bool:
        """Record that sending starts. Return False if an earlier attempt has no outcome, which means that its sender
        died.
        """
        was_settled = self.sending_since is None
        if not was_settled:
            self._count_doubt()
        self.sending_since = now
        return was_settled

    def settle(self, outcome: Outcome[object]) -> None:
        """Record the outcome and count a possible duplicate."""
        if isinstance(outcome, InDoubt):
            self._count_doubt()
        super().settle(outcome)

    def _count_doubt(self) -> None:
        """Count a possible duplicate of a message sent for the first time; changes and deletions create no second
        message.
        """
        self.repeated += int(self.message_id is None)
