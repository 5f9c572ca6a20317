"""A message the operator's core sends to every live channel of a plan."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.domain.entities.delivery import RepeatedDelivery
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PickAccepted, PickChanged, Recorder
from subscriptions.domain.ids import ChannelId, ChatId, DeliveryId, PickId, PlanId, new_uuid

NO_PREVIEW = '{"is_disabled": true}'
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
LONGEST_LEAD = timedelta(days=366)
"""What is to go out later than this was probably mistyped."""


@dataclass(frozen=True)
class PickButton:
    """A link under the pick."""

    text: str
    url: str


@dataclass(frozen=True)
class PickSource:
    """What stands at Telegram and is copied as it is: one message that is more than text, or those of an album.

    chat: where the subscription bot sees it.
    """

    chat: ChatId
    messages: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PickContent:
    """text: plain, shown as typed. photo_url: an address Telegram fetches the picture from. entities: how the text is
    set, as the Bot API's JSON. source: what is copied, with `text` as its caption, which may be empty then.
    spoken: the text for readers of another language, by language. moments: as any of the texts writes one, and its Unix
    time, so that each reader sees it by their own clock. preview: how that of a link is shown, as the Bot API's JSON.
    above: what its sender wrote above the facts of a tip, a part of the text.
    """

    text: str
    photo_url: str | None = None
    buttons: tuple[tuple[PickButton, ...], ...] = ()
    entities: str | None = None
    source: PickSource | None = None
    spoken: tuple[tuple[str, str], ...] = ()
    moments: tuple[tuple[str, int], ...] = ()
    preview: str | None = None
    above: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same content, and for no other. How moments and links are shown is no part of it."""
        facts: list[object] = [
            self.text,
            self.photo_url,
            [[[item.text, item.url] for item in row] for row in self.buttons],
        ]
        if self.entities is not None or self.source is not None:
            source = self.source
            facts += [self.entities, [source.chat, source.messages] if source is not None else None]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @property
    def limit(self) -> int:
        """How many characters Telegram takes."""
        return CAPTION_LIMIT if self.photo_url or self.source else TEXT_LIMIT

    def __post_init__(self) -> None:
        empty = not self.text.strip() and self.source is None
        if empty or any(len(text) > self.limit for text in (self.text, *dict(self.spoken).values())):
            raise InvalidInput("text", f"must have 1 to {self.limit} characters")

    def in_language(self, language: str) -> "PickContent":
        """What a reader of this language gets."""
        text = nearest(dict(self.spoken), language)
        return self if text is None else replace(self, text=text)


class PickStatus(StrEnum):
    """accepted: to be sent and kept as is · withdrawn: to be deleted everywhere."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None


@dataclass(kw_only=True)
class Pick:
    """key: the caller's idempotency key. revision grows with each edit, so a late delivery never
    shows an old text. accepted_as: fingerprint of what was handed over first, None for picks of an older version.
    deadline: of a tip; no copy is posted from then on. None for what is no tip. publish_at: no copy is posted before
    it; None for what goes out at once. reminds_of: the tip that it says will start soon, in answer to the tip's own
    copies; None for all else."""

    id: PickId
    key: str
    plan_id: PlanId
    content: PickContent
    status: PickStatus = PickStatus.ACCEPTED
    revision: int = 1
    accepted_as: str | None = None
    created_at: datetime
    deadline: datetime | None = None
    publish_at: datetime | None = None
    reminds_of: PickId | None = None
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def accept(
        cls,
        key: str,
        plan_id: PlanId,
        content: PickContent,
        now: datetime,
        deadline: datetime | None = None,
        publish_at: datetime | None = None,
    ) -> "Pick":
        """A new pick for all live channels of a plan; a moment that has come by now means at once. Raises InvalidInput
        for one at which it could not be posted any more."""
        publish_at = _future(publish_at, now)
        if publish_at is not None and publish_at > now + LONGEST_LEAD:
            raise InvalidInput("publish_at", f"must not be more than {LONGEST_LEAD.days} days ahead")
        if publish_at is not None and deadline is not None and publish_at >= deadline:
            raise InvalidInput("publish_at", "must be before the deadline")
        pick = cls(
            id=PickId(new_uuid()),
            key=key,
            plan_id=plan_id,
            content=content,
            accepted_as=content.fingerprint,
            created_at=now,
            deadline=deadline,
            publish_at=publish_at,
        )
        pick.events.record(PickAccepted(pick.id, publish_at))
        return pick

    @classmethod
    def remind(cls, tip: "Pick", content: PickContent, starts_at: datetime, now: datetime) -> "Pick":
        """What is said before a tip starts, and never after."""
        reminder = cls.accept(f"reminder:{tip.id}", tip.plan_id, content, now, starts_at)
        reminder.reminds_of = tip.id
        return reminder

    @property
    def goes_out_at(self) -> datetime:
        """From when on it is posted."""
        return self.publish_at or self.created_at

    def is_late(self, now: datetime) -> bool:
        """Whether it is a tip that may not be posted any more."""
        return self.deadline is not None and now >= self.deadline

    def was_accepted_as(self, content: PickContent) -> bool:
        """Whether this is what was handed over first, whatever it says by now."""
        return (self.accepted_as or self.content.fingerprint) == content.fingerprint

    def was_to_go_out(self, publish_at: datetime | None) -> bool:
        """Whether it was accepted to go out then."""
        return self.publish_at == _future(publish_at, self.created_at)

    def edit(self, content: PickContent) -> None:
        """Replace what it says, everywhere. Raises InvalidInput where a photo would come or go: no edit does that."""
        old, new = self.content, content
        if (new.photo_url is None) != (old.photo_url is None) or (new.source is None) != (old.source is None):
            raise InvalidInput("photo_url", "cannot come or go by an edit; withdraw the pick and send a new one")
        if content != self.content and self.status is PickStatus.ACCEPTED:
            self.content, self.revision = content, self.revision + 1
            self.events.record(PickChanged(self.id))

    def withdraw(self) -> None:
        """Take it back everywhere."""
        if self.status is PickStatus.ACCEPTED:
            self.status, self.revision = PickStatus.WITHDRAWN, self.revision + 1
            self.events.record(PickChanged(self.id))


@dataclass(frozen=True, kw_only=True)
class PickPicture:
    """What all copies of a pick's picture are made from, and a leaked one is held against."""

    pick_id: PickId
    original: bytes
    created_at: datetime


@dataclass(kw_only=True)
class PickDelivery(RepeatedDelivery):
    """One pick in one channel. revision: what the channel shows, 0 before anything was sent. others: the numbers of an
    album's other messages."""

    id: DeliveryId
    pick_id: PickId
    channel_id: ChannelId
    chat_id: ChatId
    bot: str | None = None
    revision: int = 0
    others: frozenset[str] = frozenset()
    created_at: datetime

    @classmethod
    def plan(cls, pick: Pick, channel_id: ChannelId, chat_id: ChatId, now: datetime) -> "PickDelivery":
        """Intend to show `pick` in one channel."""
        return cls(id=DeliveryId(new_uuid()), pick_id=pick.id, channel_id=channel_id, chat_id=chat_id, created_at=now)
