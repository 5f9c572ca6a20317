"""A message on its way to a chat at Telegram: noted before it leaves, settled when it is known what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar, assert_never

from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater

M_co = TypeVar("M_co", covariant=True)

SENDING_TAKES: Final = timedelta(seconds=60)
"""What was begun so long ago and is not settled, its sender will settle no more."""

BLOCKED_BOT: Final = "blocked_bot"
"""Why a message was kept: its recipient has blocked the bot. As the kind of ActionRequired."""

DELETED_ACCOUNT: Final = "deleted_account"
"""The same: the account is gone, and nobody will ever read there again."""

UNREACHABLE: Final = frozenset({BLOCKED_BOT, DELETED_ACCOUNT})

LATE_REASON: Final = "late"
"""Why a message was not sent: its deadline had come."""


@dataclass(frozen=True)
class Sent(Generic[M_co]):
    """Telegram has it. message: where it stands."""

    message: M_co


@dataclass(frozen=True)
class Postponed:
    """Nothing was sent, for now: it is tried again."""

    error: RetryLater


@dataclass(frozen=True)
class InDoubt:
    """It left and no answer came: it may have arrived."""

    error: Ambiguous


@dataclass(frozen=True)
class Refused:
    """For good; where that is the recipient's doing, `reason` is the kind of ActionRequired."""

    reason: str
    error: ActionRequired | Permanent


@dataclass(frozen=True)
class Missed:
    """Its turn came when it might not be sent any more."""


Outcome = Sent[M_co] | Postponed | InDoubt | Refused | Missed
"""What became of one attempt to send, change or delete a message."""


@dataclass(kw_only=True)
class Delivery:
    """What a row holds of its message. A message that is in doubt stays so until a person has it sent again.

    sending_since: set just before the send and cleared with its record. failed: why not, or why it could not be changed
    or deleted.
    """

    message_id: int | None = None
    sending_since: datetime | None = None
    failed: str | None = None

    def time_left(self, now: datetime) -> timedelta:
        """How long nobody else may touch it; after that whoever began is taken for dead. A send begun at a later time
        than this was begun by a clock that was wrong."""
        remainder = self.sending_since + SENDING_TAKES - now if self.sending_since is not None else timedelta()
        return remainder if timedelta() < remainder <= SENDING_TAKES else timedelta()

    def give_up(self, reason: str) -> None:
        """Send it no more, whatever became of an attempt that was begun."""
        self.sending_since, self.failed = None, reason

    def settle(self, outcome: Outcome[object]) -> None:
        """Note what became of the attempt; where the message stands is noted by whoever knows what was sent."""
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
    """One whose message is sent again where it is in doubt. repeated: how often that may have doubled it."""

    repeated: int = 0

    def begin(self, now: datetime) -> bool:
        """Note that it is about to leave. False: an attempt before this one was never settled, so its sender died."""
        was_settled = self.sending_since is None
        if not was_settled:
            self._count_doubt()
        self.sending_since = now
        return was_settled

    def settle(self, outcome: Outcome[object]) -> None:
        """The same; what may have arrived is counted."""
        if isinstance(outcome, InDoubt):
            self._count_doubt()
        super().settle(outcome)

    def _count_doubt(self) -> None:
        """A change or a deletion is no second message."""
        self.repeated += int(self.message_id is None)
