"""Bulk expiry: removals that are due at the same time and decided together. An owner confirms them if there are too
many.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import BulkExpiryId, CustomerId, SubscriptionId, TelegramId, new_uuid


class BulkExpiryStatus(StrEnum):
    """Status of a bulk expiry.

    - gathering: waiting for the providers' responses
    - asking: waiting for an owner's decision
    - decided: all decisions have been made
    - passed: no decision was needed, because there were few removals or none
    """

    GATHERING = "gathering"
    ASKING = "asking"
    DECIDED = "decided"
    PASSED = "passed"


class BulkExpiryEntryState(StrEnum):
    """State of a subscription in a bulk expiry.

    - checking: waiting for the provider's response
    - due: the subscription's time is over and the customer is to be removed
    - held: waiting for an owner's decision
    - stays: an owner decided to keep the customer until the next question
    - going: the customer is being removed
    - removed: the subscription ended
    - spared: the subscription still had time left
    - superseded: moved to a later bulk expiry
    - restored: an owner readmitted the customer
    """

    CHECKING = "checking"
    DUE = "due"
    HELD = "held"
    STAYS = "stays"
    GOING = "going"
    REMOVED = "removed"
    SPARED = "spared"
    SUPERSEDED = "superseded"
    RESTORED = "restored"


OPEN: Final = frozenset(
    {
        BulkExpiryEntryState.CHECKING,
        BulkExpiryEntryState.DUE,
        BulkExpiryEntryState.HELD,
        BulkExpiryEntryState.STAYS,
        BulkExpiryEntryState.GOING,
    }
)
"""States of entries that are not finished. The database allows at most one entry per subscription in these states."""

HOLDS_BACK: Final = OPEN - {BulkExpiryEntryState.GOING}
"""States that prevent a subscription from ending although its time is over."""

OWNER_DECIDES: Final = frozenset({BulkExpiryEntryState.HELD, BulkExpiryEntryState.STAYS})
"""States that only an owner's decision can end, even if the number of removals no longer exceeds the limit."""


class BulkExpiryStep(StrEnum):
    """Steps on which owners decide, each at most once per bulk expiry: the removal itself, and the reversal of an
    approved removal.
    """

    ANSWER = "answer"
    UNDO = "undo"


class BulkExpiryAnswer(StrEnum):
    """Owner's decision.

    go_on: remove the customers
    leave_in: keep the customers and ask again later
    undo: readmit the removed customers
    """

    GO_ON = "go_on"
    LEAVE_IN = "leave_in"
    UNDO = "undo"


@dataclass(kw_only=True)
class BulkExpiry:
    """Bulk expiry.

    allowed: number of removals that need no decision, calculated at the start of the bulk expiry
    live: number of customers with access at the start of the bulk expiry
    forced: True if a decision is needed whatever the number of removals, because one of the subscriptions was already
    waiting for an owner's decision
    closes_at: deadline for the providers' responses. After the deadline, only the responses received count.
    ask_again_at: time of the next question about the customers who were kept. Before the first question, the time after
    which subscriptions whose time is over no longer wait for the remaining responses.
    undo_until: deadline for readmitting the removed customers, set when an owner approves the removals
    """

    id: BulkExpiryId
    status: BulkExpiryStatus = BulkExpiryStatus.GATHERING
    allowed: int
    live: int
    forced: bool = False
    began_at: datetime
    closes_at: datetime
    ask_again_at: datetime | None = None
    undo_until: datetime | None = None

    @classmethod
    def begin(cls, *, limit: int, live: int, is_forced: bool, now: datetime, closes_at: datetime) -> "BulkExpiry":
        """Create a bulk expiry that waits for the providers' responses."""
        return cls(
            id=BulkExpiryId(new_uuid()), allowed=limit, live=live, forced=is_forced, began_at=now, closes_at=closes_at
        )

    def needs_asking(self, people: int) -> bool:
        """Return True if this many removals need an owner's decision."""
        return bool(people) and (self.forced or people > self.allowed)


@dataclass(kw_only=True)
class BulkExpiryEntry:
    """Subscription in a bulk expiry.

    reason: `canceled`, `unpaid` or `time_over`
    ended_on: end of the subscription's time. An entry of the same subscription with another end is a different case.
    """

    sweep_id: BulkExpiryId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    state: BulkExpiryEntryState
    reason: str
    ended_on: datetime


BY_MACHINE: Final = TelegramId(0)
"""Telegram id recorded if a program or the shell decided. The audit log names the actor."""


@dataclass(frozen=True, kw_only=True)
class BulkExpiryDecision:
    """Owner's decision. The first decision per bulk expiry and step counts. `by`: BY_MACHINE for a program or the
    shell.
    """

    sweep_id: BulkExpiryId
    step: BulkExpiryStep
    answer: BulkExpiryAnswer
    by: TelegramId
    at: datetime
