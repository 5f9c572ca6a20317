"""A message of the operator's people: to a segment of people, or into the channels of plans."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.delivery import Delivery, InDoubt, Missed, Outcome, Postponed, Refused, Sent
from subscriptions.domain.entities.pick import PickContent, PickSource
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import BroadcastDue, Recorder
from subscriptions.domain.ids import BroadcastId, CustomerId, TelegramId, new_uuid
from subscriptions.domain.money import Money

ALBUM_LIMIT: Final = 10
"""Messages of one album at Telegram."""


class Segment(StrEnum):
    """People by what they had: a plan now, one before and none now, none ever; by where they are: inside a chat; or by
    what they paid.

    An audience of either of the last two has no plan. They are segments of their own, and no fields that narrow one
    down: a release that does not know them refuses to send, where it would not see a field, and send to more people.
    """

    ALL = "all"
    ACTIVE = "active"
    LAPSED = "lapsed"
    NEVER = "never"
    INSIDE = "inside"
    SPENT = "spent"


BY_PLANS: Final = (Segment.ALL, Segment.ACTIVE, Segment.LAPSED, Segment.NEVER)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom a broadcast is for: people, or the channels of plans where those are named.

    channels: soft ids of plans whose channels show it. language, plan: only people of that language, or that had (or
    have) that plan; None = whoever. chat: soft id of the resource whose chat people are inside of, for
    `Segment.INSIDE`. spent: at least so much, less what went back, for `Segment.SPENT`; money in other currencies does
    not count.
    """

    segment: Segment = Segment.ALL
    language: str | None = None
    plan: str | None = None
    channels: frozenset[str] = frozenset()
    chat: str | None = None
    spent: Money | None = None

    def __post_init__(self) -> None:
        if self.plan is not None and self.segment not in BY_PLANS:
            raise InvalidInput("plan", "does not go with this segment")
        if (self.chat is None) is (self.segment is Segment.INSIDE):
            raise InvalidInput("chat", "is named for those who are inside one, and for nobody else")
        if (self.spent is None) is (self.segment is Segment.SPENT) or (self.spent and self.spent.minor <= 0):
            raise InvalidInput("spent", "is an amount above 0 for those who paid so much, and for nobody else")
        if self.plan is not None and self.segment is Segment.NEVER:
            raise InvalidInput("plan", "who never had a plan did not have this one either")


class BroadcastStatus(StrEnum):
    """draft: being put together · scheduled: waits for its moment · sending · done · stopped: by somebody's word ·
    withdrawn: to be deleted everywhere."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


_BEGUN_STATES: Final = frozenset({BroadcastStatus.SENDING, BroadcastStatus.DONE, BroadcastStatus.STOPPED})


@dataclass(kw_only=True)
class Broadcast:
    """key: what makes it one however often it is handed over. author: who is shown how it goes, None for a program or a
    mirrored channel. card: the message that shows it. revision grows with each edit. begun_at: when it, or its last
    change, began to go out."""

    id: BroadcastId
    key: str
    author: TelegramId | None = None
    content: PickContent
    audience: Audience | None = None
    status: BroadcastStatus = BroadcastStatus.DRAFT
    revision: int = 1
    starts_at: datetime | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    card: int | None = None
    created_at: datetime
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def draft(cls, key: str, author: TelegramId | None, content: PickContent, now: datetime) -> "Broadcast":
        """Something to be said, to nobody yet."""
        return cls(id=BroadcastId(new_uuid()), key=key, author=author, content=content, created_at=now)

    @property
    def has_begun(self) -> bool:
        """Whether anybody may have it by now."""
        return self.status in _BEGUN_STATES

    @property
    def seal(self) -> str:
        """Short, and another one as soon as it says something else or is for others."""
        audience = self.audience or Audience()
        facts = [
            self.content.fingerprint,
            self.audience is None,
            audience.segment,
            audience.language,
            audience.plan,
            sorted(audience.channels),
        ]
        if audience.segment not in BY_PLANS:
            facts += [audience.chat, str(audience.spent)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    def holds(self, message: int) -> bool:
        """Whether a message of the chat it is copied from is in it."""
        return self.content.source is not None and message in self.content.source.messages

    def add(self, content: PickContent) -> bool:
        """One more message of the album it is. False: it is on its way already, or full."""
        source, more = self.content.source, content.source
        if self.has_begun or self.status is BroadcastStatus.WITHDRAWN or source is None or more is None:
            return False
        if set(more.messages) <= set(source.messages):
            return True
        messages = tuple(sorted({*source.messages, *more.messages}))
        if len(messages) > ALBUM_LIMIT:
            return False
        pick_content = content if not self.content.text else self.content
        self.content = replace(pick_content, buttons=(), source=PickSource(source.chat, messages))
        return True

    def aim(self, audience: Audience) -> None:
        """Choose whom it is for. Raises InvalidInput once it began."""
        self._require_status(BroadcastStatus.DRAFT)
        self.audience = audience

    def start(self, at: datetime, now: datetime) -> None:
        """Let it go at a moment, which may be now. Raises InvalidInput without an audience, or once it began."""
        self._require_status(BroadcastStatus.DRAFT)
        if self.audience is None:
            raise InvalidInput("audience", "nobody is chosen yet")
        self.status, self.starts_at = BroadcastStatus.SCHEDULED, at
        self.events.record(BroadcastDue(self.id, at if at > now else None))

    def begin(self, now: datetime) -> None:
        """Its moment has come."""
        self._require_status(BroadcastStatus.SCHEDULED)
        self.status, self.begun_at = BroadcastStatus.SENDING, now

    def stop(self) -> bool:
        """Send no more of it. False: nothing was left to stop."""
        if self.status is BroadcastStatus.SCHEDULED:
            self.status, self.starts_at = BroadcastStatus.DRAFT, None
            return True
        if self.status is not BroadcastStatus.SENDING:
            return False
        self.status = BroadcastStatus.STOPPED
        return True

    def go_on(self, now: datetime) -> None:
        """Send what is left, or what is to be tried again. Raises InvalidInput for what never began."""
        if self.status not in {BroadcastStatus.STOPPED, BroadcastStatus.DONE}:
            raise InvalidInput("status", "it was not stopped")
        self.status, self.begun_at, self.ended_at = BroadcastStatus.SENDING, now, None
        self.events.record(BroadcastDue(self.id))

    def finish(self, now: datetime) -> None:
        """Nothing is left to be sent."""
        if self.status is BroadcastStatus.SENDING:
            self.status, self.ended_at = BroadcastStatus.DONE, now

    def edit(self, content: PickContent, now: datetime) -> None:
        """Say something else, also where it was said already. Raises InvalidInput where no edit does that."""
        if (content.source is None) != (self.content.source is None):
            raise InvalidInput("content", "a text stays a text, and what has a file keeps it; withdraw it instead")
        if self.status is BroadcastStatus.WITHDRAWN:
            raise InvalidInput("status", "it was withdrawn")
        if content != self.content:
            self.content, self.revision = content, self.revision + 1
            if self.has_begun:
                self.begun_at = now
                self.events.record(BroadcastDue(self.id))

    def withdraw(self, now: datetime) -> None:
        """Take it back wherever it was sent. A repetition looks again."""
        self.status, self.revision, self.begun_at = BroadcastStatus.WITHDRAWN, self.revision + 1, now
        self.events.record(BroadcastDue(self.id))

    def _require_status(self, status: BroadcastStatus) -> None:
        if self.status is not status:
            raise InvalidInput("status", f"it is {self.status} by now")


class DeliveryState(StrEnum):
    """pending: not tried · sending: under way · unknown: was under way when its sender died, and may have arrived ·
    withdrawn: deleted again."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


_STATE_OF_OUTCOME: Final[Mapping[type[object], DeliveryState]] = {
    Sent: DeliveryState.SENT,
    Postponed: DeliveryState.PENDING,
    InDoubt: DeliveryState.UNKNOWN,
    Refused: DeliveryState.FAILED,
    Missed: DeliveryState.FAILED,
}


@dataclass(kw_only=True)
class BroadcastDelivery(Delivery):
    """One broadcast to one person; nobody gets one twice without a person's word. revision: what they see. others: the
    numbers of an album's other messages."""

    broadcast_id: BroadcastId
    customer_id: CustomerId
    status: DeliveryState = DeliveryState.PENDING
    others: frozenset[str] = frozenset()
    revision: int = 0

    def settle(self, outcome: Outcome[object]) -> None:
        """The same; a message that was sent before stays sent, whatever became of its change."""
        super().settle(outcome)
        if self.status is DeliveryState.SENDING:
            self.status = _STATE_OF_OUTCOME[type(outcome)]


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A delivery and where it goes."""

    delivery: BroadcastDelivery
    telegram_id: TelegramId
