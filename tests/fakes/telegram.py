"""What is sent to people and channels, kept in memory; told to fail by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import Permanent, ThreadGone
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.domain.ports.pick_sender import DeletionRefused, PostedPick, TooLate, no_deadline


@dataclass
class MemoryNotifier:
    """Notifier. errors: raised by the next calls, in order, None = that one works. said: what each of `sent` says."""

    errors: list[BaseException | None] = field(default_factory=list)
    sent: list[Notification] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """The kinds of what lost its buttons."""

    async def take_buttons(self, notification: Notification) -> None:
        """Note it."""
        self.taken.append(notification.kind)

    async def send(self, owed: Notification, message: Message) -> SentMessage:
        """Keep it, unless told to fail."""
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append(owed)
        self.said.append(message)
        return SentMessage(len(self.sent), repr(message))


@dataclass
class MemoryForum:
    """Forum. topics: the names of those that were made, by number. errors: raised by the next calls, in order."""

    topics: dict[int, str] = field(default_factory=dict)
    errors: list[BaseException] = field(default_factory=list)

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Make one."""
        if self.errors:
            raise self.errors.pop(0)
        self.topics[len(self.topics) + 1] = name
        return len(self.topics)


@dataclass
class MemorySender:
    """PickSender. shown: what each channel shows by message number. posts: how often anything was posted.

    pictures: what was uploaded to a channel last. old: the messages that are 48 hours old, which no bot may delete.
    threads: topics by message number; gone: those that were deleted. replies: what a message answers, by number.

    hold: while it is set, a call that has begun waits for it; begun: set as soon as one has.
    """

    bots: set[str] = field(default_factory=lambda: {"one"})
    errors: list[BaseException | None] = field(default_factory=list)
    shown: dict[tuple[ChatId, int], PickContent] = field(default_factory=dict)
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
        content: PickContent,
        spread_key: int,
        picture: bytes | None = None,
        may_post: Callable[[], bool] = no_deadline,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> PostedPick:
        """Show a pick."""
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
        return PostedPick(sorted(self.bots)[0], self.posts)

    async def edit(self, chat: ChatId, post: PostedPick, content: PickContent) -> None:
        """Change it."""
        self._must_be_ours(post)
        await self._step()
        self.shown[chat, post.message_id] = content

    async def withdraw(self, chat: ChatId, post: PostedPick) -> None:
        """Take it away."""
        self._must_be_ours(post)
        await self._step()
        if post.message_id in self.old and (chat, post.message_id) in self.shown:
            raise DeletionRefused("message can't be deleted")
        self.shown.pop((chat, post.message_id), None)

    def in_channel(self, chat: ChatId) -> list[str]:
        """The texts a channel shows."""
        return [content.text for (where, _), content in self.shown.items() if where == chat]

    async def _step(self) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()

    def _must_be_ours(self, posted: PostedPick) -> None:
        if posted.bot not in self.bots:
            raise Permanent(f"sender bot {posted.bot} is not configured any more")
