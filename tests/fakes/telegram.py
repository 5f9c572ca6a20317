"""In-memory senders of messages to people and channels. A test can make their calls fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import Permanent, ThreadGone
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.domain.ports.post_sender import DeletionRefused, SentPost, TooLate, no_deadline


@dataclass
class MemoryNotifier:
    """In-memory Notifier. errors: raised by the next calls, in order; None lets a call succeed. said: texts of the
    messages in `sent`.
    """

    errors: list[BaseException | None] = field(default_factory=list)
    sent: list[Notification] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """Kinds of the notifications whose buttons were removed."""

    async def take_buttons(self, notification: Notification) -> None:
        """Record the kind of the notification whose buttons are to be removed."""
        self.taken.append(notification.kind)

    async def send(self, owed: Notification, message: Message) -> SentMessage:
        """Record the message, or raise the next error."""
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append(owed)
        self.said.append(message)
        return SentMessage(len(self.sent), repr(message))


@dataclass
class MemoryForum:
    """In-memory Forum. topics: names of the created topics, by number. errors: raised by the next calls, in order."""

    topics: dict[int, str] = field(default_factory=dict)
    errors: list[BaseException] = field(default_factory=list)

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Create a topic."""
        if self.errors:
            raise self.errors.pop(0)
        self.topics[len(self.topics) + 1] = name
        return len(self.topics)


@dataclass
class MemorySender:
    """In-memory PostSender. shown: content of each channel by message number. posts: number of posts created.

    pictures: last picture uploaded to a channel. old: messages older than 48 hours, which no bot may delete.

    threads: topics by message number; gone: deleted topics. replies: message that a message answers, by number.

    hold: while set, a started call waits for this event; begun: set once a call has started.
    """

    bots: set[str] = field(default_factory=lambda: {"one"})
    errors: list[BaseException | None] = field(default_factory=list)
    shown: dict[tuple[ChatId, int], PostContent] = field(default_factory=dict)
    pictures: dict[ChatId, bytes] = field(default_factory=dict)
    posts: int = 0
    old: set[int] = field(default_factory=set)
    threads: dict[int, int] = field(default_factory=dict)
    replies: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    hold: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(
        self,
        chat: ChatId,
        content: PostContent,
        spread_key: int,
        picture: bytes | None = None,
        may_post: Callable[[], bool] = no_deadline,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> SentPost:
        """Publish a post."""
        await self._step()
        if thread in self.gone:
            raise ThreadGone("message thread not found")
        if not may_post():
            raise TooLate("its deadline has come")
        self.posts += 1
        if picture is not None:
            self.pictures[chat] = picture
        self.shown[chat, self.posts] = content
        if thread is not None:
            self.threads[self.posts] = thread
        if reply_to is not None:
            self.replies[self.posts] = reply_to
        return SentPost(sorted(self.bots)[0], self.posts)

    async def edit(self, chat: ChatId, post: SentPost, content: PostContent) -> None:
        """Edit a post."""
        self._must_be_ours(post)
        await self._step()
        self.shown[chat, post.message_id] = content

    async def withdraw(self, chat: ChatId, post: SentPost) -> None:
        """Delete a post."""
        self._must_be_ours(post)
        await self._step()
        if post.message_id in self.old and (chat, post.message_id) in self.shown:
            raise DeletionRefused("message can't be deleted")
        self.shown.pop((chat, post.message_id), None)

    def in_channel(self, chat: ChatId) -> list[str]:
        """Return the texts of a channel's posts."""
        return [content.text for (where, _), content in self.shown.items() if where == chat]

    async def _step(self) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()

    def _must_be_ours(self, posted: SentPost) -> None:
        if posted.bot not in self.bots:
            raise Permanent(f"sender bot {posted.bot} is not configured any more")
