"""Removals that the clock decided on together, and what an owner said where they were too many."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import CustomerId, SubscriptionId, SweepId, TelegramId, new_uuid


class SweepStatus(StrEnum):
    """gathering: providers are being asked · asking: an owner has to say · decided: what was to be said was said ·
    passed: small enough to go on without asking, or nothing was left of it."""

    GATHERING = "gathering"
    ASKING = "asking"
    DECIDED = "decided"
    PASSED = "passed"


class SweptState(StrEnum):
    """checking: the provider is being asked · due: over, and to go · held: waits for an owner's word · stays: left in
    by an owner, to be asked about again · going: to go now · removed: their subscription ended · spared: time was left
    after all · superseded: asked about anew by a later sweep · restored: brought back by an owner."""

    CHECKING = "checking"
    DUE = "due"
    HELD = "held"
    STAYS = "stays"
    GOING = "going"
    REMOVED = "removed"
    SPARED = "spared"
    SUPERSEDED = "superseded"
    RESTORED = "restored"


OPEN: Final = frozenset({SweptState.CHECKING, SweptState.DUE, SweptState.HELD, SweptState.STAYS, SweptState.GOING})
"""At most one of these per subscription, held by the database."""

HOLDS_BACK: Final = OPEN - {SweptState.GOING}
"""While a subscription is one of these, nothing ends it because its time is over."""

OWNER_DECIDES: Final = frozenset({SweptState.HELD, SweptState.STAYS})
"""Only an owner's word lets these go, however few they are by then."""


class SweepStep(StrEnum):
    """What owners decide, each at most once per sweep: the answer to the question, and taking back a yes."""

    ANSWER = "answer"
    UNDO = "undo"


class SweepAnswer(StrEnum):
    """go_on: remove them · leave_in: leave them, ask again · undo: bring them back."""

    GO_ON = "go_on"
    LEAVE_IN = "leave_in"
    UNDO = "undo"


@dataclass(kw_only=True)
class Sweep:
    """allowed: how many may go without asking, as it was when the sweep began. live: how many people had access then.

    forced: somebody in it waited for an owner's word before. closes_at: how long everybody's provider may take before
    the sweep is judged by those that answered. ask_again_at: when those who were not let go are asked about anew;
    before the first question, when those who are over have waited long enough for what providers say of the others.
    undo_until: set when an owner said yes.
    """

    id: SweepId
    status: SweepStatus = SweepStatus.GATHERING
    allowed: int
    live: int
    forced: bool = False
    began_at: datetime
    closes_at: datetime
    ask_again_at: datetime | None = None
    undo_until: datetime | None = None

    @classmethod
    def begin(cls, *, limit: int, live: int, is_forced: bool, now: datetime, closes_at: datetime) -> "Sweep":
        """A sweep that gathers."""
        return cls(
            id=SweepId(new_uuid()), allowed=limit, live=live, forced=is_forced, began_at=now, closes_at=closes_at
        )

    def needs_asking(self, people: int) -> bool:
        """Whether so many may not go without an owner's word."""
        return bool(people) and (self.forced or people > self.allowed)


@dataclass(kw_only=True)
class SweepEntry:
    """One subscription in one sweep. ended_on: when its time was over; at another time it is another case.

    reason: why it is over, `canceled`, `unpaid` or `time_over`.
    """

    sweep_id: SweepId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    state: SweptState
    reason: str
    ended_on: datetime


BY_MACHINE: Final = TelegramId(0)
"""Who decides and has no account in Telegram; the audit says who it was."""


@dataclass(frozen=True, kw_only=True)
class SweepDecision:
    """An owner's word; the first one per sweep and step counts. by: BY_MACHINE for a program or the shell."""

    sweep_id: SweepId
    step: SweepStep
    answer: SweepAnswer
    by: TelegramId
    at: datetime
