"""Entities of broadcasts: a staff message to a segment of customers or to the channels of plans, its audience, and its
deliveries.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from subscriptions.domain.entities.delivery import Delivery, InDoubt, Missed, Outcome, Postponed, Refused, Sent
from subscriptions.domain.entities.post import PostContent, PostSource
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import DomainEvent, Recorder
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from subscriptions.domain.money import Money

BroadcastId = NewType("BroadcastId", UUID)

ALBUM_LIMIT: Final = 10
"""Telegram's maximum number of messages per album."""


class Segment(StrEnum):
    """Segment of customers: by plans (active, lapsed, never), by presence in a chat (inside), or by amount paid
    (spent).
    """

    ALL = "all"
    ACTIVE = "active"
    LAPSED = "lapsed"
    NEVER = "never"
    INSIDE = "inside"
    SPENT = "spent"


BY_PLANS: Final = (Segment.ALL, Segment.ACTIVE, Segment.LAPSED, Segment.NEVER)
WITHOUT_PLAN: Final = frozenset({Segment.LAPSED, Segment.NEVER})
"""Segments of customers without a live subscription."""
FARTHEST_END: Final = 366
"""Maximum value of `Audience.ends_within`, in days."""


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Recipients of a broadcast: customers, or the channels of plans if `channels` is set.

    All limits apply together; None does not limit.

    channels: slugs of the plans whose channels receive it
    language, plan: limit to customers with this language, or who have or had this plan
    chat: slug of the resource whose chat the customers are in; required for `Segment.INSIDE`
    spent: minimum amount paid less refunds, required for `Segment.SPENT`; other currencies do not count
    ends_within: limit to customers whose access ends in so many days without another charge; with `plan`, the access
        to that plan
    tag, source: limit to customers with this tag, or who arrived by the link with this source
    """

    segment: Segment = Segment.ALL
    language: str | None = None
    plan: str | None = None
    channels: frozenset[str] = frozenset()
    chat: str | None = None
    spent: Money | None = None
    ends_within: int | None = None
    tag: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.chat is None and self.segment is Segment.INSIDE:
            raise InvalidInput("chat", "is required for the segment inside: name the chat")
        if (self.spent is None and self.segment is Segment.SPENT) or (self.spent and self.spent.minor <= 0):
            raise InvalidInput("spent", "is an amount above 0, required for the segment spent")
        if self.plan is not None and self.segment is Segment.NEVER:
            raise InvalidInput("plan", "who never had a plan did not have this one either")
        if self.ends_within is not None and not 1 <= self.ends_within <= FARTHEST_END:
            raise InvalidInput("ends_within", f"is a number of days from 1 to {FARTHEST_END}")
        if self.ends_within is not None and self.segment in WITHOUT_PLAN:
            raise InvalidInput("ends_within", "who has no plan has no access that ends")
        if self.channels and self.is_narrowed:
            raise InvalidInput("channels", "a limit is for people, not for channels")

    def limited(self, name: str, value: str | None) -> "Audience":
        """Return the audience limited to one chat, tag or source, or without that limit."""
        chat, tag, source = (value if name == each else getattr(self, each) for each in ("chat", "tag", "source"))
        return replace(self, chat=chat, tag=tag, source=source)

    @property
    def is_narrowed(self) -> bool:
        """Return True if the audience has a limit that release 1.0 would ignore."""
        return any(each is not None for each in (self.ends_within, self.tag, self.source))


class BroadcastStatus(StrEnum):
    """Status of a broadcast.

    - draft: being composed
    - scheduled: waiting for its start time
    - sending: under way
    - done: finished
    - stopped: stopped by staff
    - withdrawn: to be deleted everywhere
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


_BEGUN_STATES: Final = frozenset({BroadcastStatus.SENDING, BroadcastStatus.DONE, BroadcastStatus.STOPPED})


@dataclass(kw_only=True)
class Broadcast:
    """Staff message to many recipients, with its audience and progress.

    key: idempotency key
    author: staff member who sees the progress; None for a program or a mirrored channel
    card: id of the chat message that shows the author the progress
    revision: number that increases with each edit
    begun_at: time at which the broadcast, or its latest change, started to be sent
    """

    id: BroadcastId
    key: str
    author: TelegramId | None = None
    content: PostContent
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
    def draft(cls, key: str, author: TelegramId | None, content: PostContent, now: datetime) -> "Broadcast":
        """Return a new broadcast without an audience."""
        return cls(id=BroadcastId(new_uuid()), key=key, author=author, content=content, created_at=now)

    @property
    def has_begun(self) -> bool:
        """Return True if any recipient may have received the broadcast."""
        return self.status in _BEGUN_STATES

    @property
    def seal(self) -> str:
        """Return a short hash of the content and the audience, which detects changes since the broadcast was shown."""
        audience = self.audience or Audience()
        facts = [
            self.content.fingerprint,
            self.audience is None,
            audience.segment,
            audience.language,
            audience.plan,
            sorted(audience.channels),
        ]
        if audience.segment not in BY_PLANS or audience.chat is not None or audience.spent is not None:
            facts += [audience.chat, str(audience.spent)]
        if audience.is_narrowed:
            facts += [audience.ends_within, audience.tag, audience.source]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    def holds(self, message: int) -> bool:
        """Return True if the broadcast's content includes this message of its source chat."""
        return self.content.source is not None and message in self.content.source.messages

    def add(self, content: PostContent) -> bool:
        """Add a message to the album. Return False if the broadcast has no source message, was started or withdrawn, or
        if the album is full.
        """
        source, more = self.content.source, content.source
        if self.has_begun or self.status is BroadcastStatus.WITHDRAWN or source is None or more is None:
            return False
        if set(more.messages) <= set(source.messages):
            return True
        messages = tuple(sorted({*source.messages, *more.messages}))
        if len(messages) > ALBUM_LIMIT:
            return False
        pick_content = content if not self.content.text else self.content
        self.content = replace(pick_content, buttons=(), source=PostSource(source.chat, messages))
        return True

    def attach(self, source: PostSource) -> None:
        """Add a file to the draft. source: message at Telegram that contains the file. Raises InvalidInput if the
        broadcast is not a draft or already has a file, or if its text is longer than a caption.
        """
        self._require_status(BroadcastStatus.DRAFT)
        if self.content.source is not None or self.content.photo_url is not None:
            raise InvalidInput("content", "it has a file by now")
        self.content, self.revision = replace(self.content, source=source), self.revision + 1

    def aim(self, audience: Audience) -> None:
        """Set the audience. Raises InvalidInput if the broadcast is not a draft."""
        self._require_status(BroadcastStatus.DRAFT)
        self.audience = audience

    def start(self, at: datetime, now: datetime) -> None:
        """Schedule the broadcast for a time, which may be now. Raises InvalidInput if the broadcast has no audience or
        is not a draft.
        """
        self._require_status(BroadcastStatus.DRAFT)
        if self.audience is None:
            raise InvalidInput("audience", "nobody is chosen yet")
        self.status, self.starts_at = BroadcastStatus.SCHEDULED, at
        self.events.record(BroadcastDue(self.id, at if at > now else None))

    def begin(self, now: datetime) -> None:
        """Record that sending starts, at or after the scheduled time."""
        self._require_status(BroadcastStatus.SCHEDULED)
        self.status, self.begun_at = BroadcastStatus.SENDING, now

    def stop(self) -> bool:
        """Stop sending; a scheduled broadcast becomes a draft again. Return False if there was nothing to stop."""
        if self.status is BroadcastStatus.SCHEDULED:
            self.status, self.starts_at = BroadcastStatus.DRAFT, None
            return True
        if self.status is not BroadcastStatus.SENDING:
            return False
        self.status = BroadcastStatus.STOPPED
        return True

    def go_on(self, now: datetime) -> None:
        """Resume sending to the recipients whose delivery is still pending. Raises InvalidInput unless the broadcast is
        stopped or done.
        """
        if self.status not in {BroadcastStatus.STOPPED, BroadcastStatus.DONE}:
            raise InvalidInput("status", "it was not stopped")
        self.status, self.begun_at, self.ended_at = BroadcastStatus.SENDING, now, None
        self.events.record(BroadcastDue(self.id))

    def finish(self, now: datetime) -> None:
        """Mark the broadcast as done if it is being sent."""
        if self.status is BroadcastStatus.SENDING:
            self.status, self.ended_at = BroadcastStatus.DONE, now

    def edit(self, content: PostContent, now: datetime) -> None:
        """Change the content, also in messages already sent. Raises InvalidInput if a text would be replaced by a file
        or a file by a text, or if the broadcast was withdrawn.
        """
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
        """Mark the broadcast as withdrawn, so that all its sent messages are deleted. After a repeated call, the
        deletion is tried again.
        """
        self.status, self.revision, self.begun_at = BroadcastStatus.WITHDRAWN, self.revision + 1, now
        self.events.record(BroadcastDue(self.id))

    def _require_status(self, status: BroadcastStatus) -> None:
        if self.status is not status:
            raise InvalidInput("status", f"it is {self.status} by now")


class BroadcastDue(DomainEvent):
    """Event: a broadcast was scheduled or changed, so its messages must be sent or updated. `at`: time from which to
    send them; None for now.
    """

    broadcast_id: BroadcastId
    at: datetime | None = None


class DeliveryState(StrEnum):
    """State of a delivery.

    - pending: not tried yet
    - sending: under way
    - unknown: the sender failed while sending, so the message may have arrived
    - withdrawn: deleted
    """

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
    """Delivery of a broadcast to one customer; never repeated without a staff command.

    revision: revision that the customer sees
    others: ids of the other messages of an album
    """

    broadcast_id: BroadcastId
    customer_id: CustomerId
    status: DeliveryState = DeliveryState.PENDING
    others: frozenset[str] = frozenset()
    revision: int = 0

    def settle(self, outcome: Outcome[object]) -> None:
        """Record the outcome. If the message was already sent and editing or deleting it fails, its status is kept."""
        super().settle(outcome)
        if self.status is DeliveryState.SENDING:
            self.status = _STATE_OF_OUTCOME[type(outcome)]


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """Delivery of a broadcast together with its recipient's Telegram id."""

    delivery: BroadcastDelivery
    telegram_id: TelegramId
