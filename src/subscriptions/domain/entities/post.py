"""Post for the channels of a plan, and its delivery to each channel."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.domain.entities.delivery import RepeatedDelivery
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PostAccepted, PostChanged, Recorder
from subscriptions.domain.ids import ChannelId, ChatId, DeliveryId, PlanId, PostId, new_uuid

NO_PREVIEW = '{"is_disabled": true}'
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
LONGEST_LEAD = timedelta(days=366)
"""Maximum time from the acceptance of a post to its scheduled publication. A later date is probably a typing error."""


@dataclass(frozen=True)
class PostButton:
    """Link button below the post."""

    text: str
    url: str


@dataclass(frozen=True)
class PostSource:
    """Telegram messages that are copied unchanged: a single message with media, or the messages of an album. `chat`:
    chat in which the subscription bot received the messages.
    """

    chat: ChatId
    messages: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PostContent:
    """Content of a post.

    text: plain text, shown as typed
    photo_url: URL from which Telegram fetches the picture
    entities: formatting of the text as the Bot API's JSON
    source: messages to copy, with `text` as the caption, which may then be empty
    spoken: translations of the text, by language
    moments: Unix times of the times that the texts mention, keyed by their wording, so that each reader sees local time
    preview: link preview options as the Bot API's JSON
    above: the sender's text that precedes the facts of a tip; part of `text`
    """

    text: str
    photo_url: str | None = None
    buttons: tuple[tuple[PostButton, ...], ...] = ()
    entities: str | None = None
    source: PostSource | None = None
    spoken: tuple[tuple[str, str], ...] = ()
    moments: tuple[tuple[str, int], ...] = ()
    preview: str | None = None
    above: str = ""

    @property
    def fingerprint(self) -> str:
        """Hash that identifies the content: the text, the photo's URL, the buttons, the formatting and the source
        messages.
        """
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
        """Maximum number of characters that Telegram allows for this content."""
        return CAPTION_LIMIT if self.photo_url or self.source else TEXT_LIMIT

    def __post_init__(self) -> None:
        empty = not self.text.strip() and self.source is None
        if empty or any(len(text) > self.limit for text in (self.text, *dict(self.spoken).values())):
            raise InvalidInput("text", f"must have 1 to {self.limit} characters")

    def in_language(self, language: str) -> "PostContent":
        """Return the content for a reader of this language."""
        text = nearest(dict(self.spoken), language)
        return self if text is None else replace(self, text=text)


class PostStatus(StrEnum):
    """Status of a post.

    accepted: the post is or will be published
    withdrawn: the post is or will be deleted from all channels
    """

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None


@dataclass(kw_only=True)
class Post:
    """Post for the channels of a plan.

    key: idempotency key of the caller
    revision: increased by each edit, so that a late delivery never shows an old text
    accepted_as: fingerprint of the content as first submitted; None for posts of an older release
    deadline: time from which no copy of a tip or its reminder is posted; None for other posts
    publish_at: time before which no copy is posted; None to post at once
    reminds_of: tip whose start this post announces, as a reply to the copies of the tip; None for other posts
    """

    id: PostId
    key: str
    plan_id: PlanId
    content: PostContent
    status: PostStatus = PostStatus.ACCEPTED
    revision: int = 1
    accepted_as: str | None = None
    created_at: datetime
    deadline: datetime | None = None
    publish_at: datetime | None = None
    reminds_of: PostId | None = None
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def accept(
        cls,
        key: str,
        plan_id: PlanId,
        content: PostContent,
        now: datetime,
        deadline: datetime | None = None,
        publish_at: datetime | None = None,
    ) -> "Post":
        """Create a post for all live channels of a plan. A `publish_at` in the past means now.

        Raise InvalidInput if `publish_at` is too far ahead or not before the deadline.
        """
        publish_at = _future(publish_at, now)
        if publish_at is not None and publish_at > now + LONGEST_LEAD:
            raise InvalidInput("publish_at", f"must not be more than {LONGEST_LEAD.days} days ahead")
        if publish_at is not None and deadline is not None and publish_at >= deadline:
            raise InvalidInput("publish_at", "must be before the deadline")
        post = cls(
            id=PostId(new_uuid()),
            key=key,
            plan_id=plan_id,
            content=content,
            accepted_as=content.fingerprint,
            created_at=now,
            deadline=deadline,
            publish_at=publish_at,
        )
        post.events.record(PostAccepted(post.id, publish_at))
        return post

    @classmethod
    def remind(cls, post: "Post", content: PostContent, deadline: datetime, now: datetime) -> "Post":
        """Create the reminder of a post. `deadline`: time from which the reminder is no longer posted."""
        reminder = cls.accept(f"reminder:{post.id}", post.plan_id, content, now, deadline)
        reminder.reminds_of = post.id
        return reminder

    @property
    def goes_out_at(self) -> datetime:
        """Time from which the post is published."""
        return self.publish_at or self.created_at

    @property
    def has_own_deadline(self) -> bool:
        """True if the post was accepted with its own deadline, as every tip is. A reminder has its tip's deadline."""
        return self.deadline is not None and self.reminds_of is None

    def is_late(self, now: datetime) -> bool:
        """Return True if the deadline of the tip or reminder has passed."""
        return self.deadline is not None and now >= self.deadline

    def was_accepted_as(self, content: PostContent) -> bool:
        """Return True if this content equals the content as first submitted, regardless of later edits."""
        return (self.accepted_as or self.content.fingerprint) == content.fingerprint

    def was_to_go_out(self, publish_at: datetime | None) -> bool:
        """Return True if the post was accepted with this publication time."""
        return self.publish_at == _future(publish_at, self.created_at)

    def edit(self, content: PostContent) -> None:
        """Change the content in all channels. A withdrawn post does not change. Raise InvalidInput if a photo or the
        copied source messages would be added or removed, which Telegram does not allow.
        """
        old, new = self.content, content
        if (new.photo_url is None) != (old.photo_url is None) or (new.source is None) != (old.source is None):
            raise InvalidInput("photo_url", "cannot come or go by an edit; withdraw the post and send a new one")
        if content != self.content and self.status is PostStatus.ACCEPTED:
            self.content, self.revision = content, self.revision + 1
            self.events.record(PostChanged(self.id))

    def withdraw(self) -> None:
        """Delete the post from all channels."""
        if self.status is PostStatus.ACCEPTED:
            self.status, self.revision = PostStatus.WITHDRAWN, self.revision + 1
            self.events.record(PostChanged(self.id))


@dataclass(kw_only=True)
class PostDelivery(RepeatedDelivery):
    """Delivery of a post to one channel.

    revision: revision that the channel shows; 0 before the first delivery
    others: ids of the further messages of an album
    """

    id: DeliveryId
    post_id: PostId
    channel_id: ChannelId
    chat_id: ChatId
    bot: str | None = None
    revision: int = 0
    others: frozenset[str] = frozenset()
    created_at: datetime

    @classmethod
    def plan(cls, post: Post, channel_id: ChannelId, chat_id: ChatId, now: datetime) -> "PostDelivery":
        """Create the delivery of `post` to one channel."""
        return cls(id=DeliveryId(new_uuid()), post_id=post.id, channel_id=channel_id, chat_id=chat_id, created_at=now)
