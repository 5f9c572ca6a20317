"""Routes that read chats, write to bots and forward messages to them."""

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, bot_of, channel_of, peer_of, person_of
from umbral_sandbox.control.media import Written, content_of
from umbral_sandbox.control.models import MessageView
from umbral_sandbox.control.shapes import message_view
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.chats import reworded, written
from umbral_sandbox.world.telegram.records import Bot, Content, Message
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World

router = APIRouter()


class Conversation(BaseModel):
    """Messages of a chat, oldest first. refused: reason why a channel cannot be read."""

    messages: list[MessageView]
    refused: str | None = None


class NewText(Written):
    """Message to a bot (by username) or to a group (by id). reply_to: id of the message of this chat that the new
    message answers.
    """

    to: str
    reply_to: int | None = None


class EditedText(BaseModel):
    """New text of the person's own message, in the chat with a bot (by username) or in a group (by id)."""

    model_config = ConfigDict(extra="forbid")

    to: str
    message_id: int
    text: str


class SharedChat(BaseModel):
    """Chat chosen for a bot's request button. button: text of the button, if the message has several such buttons."""

    model_config = ConfigDict(extra="forbid")

    to: str
    message_id: int
    chat_id: int
    button: str | None = None


class ForwardedPost(BaseModel):
    """Post to forward to a bot (by username)."""

    model_config = ConfigDict(extra="forbid")

    to: str
    channel_id: int
    message_id: int


class ForwardedWords(BaseModel):
    """Another person's message from elsewhere, to forward to a bot (by username)."""

    model_config = ConfigDict(extra="forbid")

    to: str
    author: int
    text: str
    hidden: bool = False


class Sent(BaseModel):
    """The sent message, or the reason why Telegram's rules refused the message."""

    message: MessageView | None = None
    refused: str | None = None


def sent(world: World, act: Callable[[], Message]) -> Sent:
    """Perform an action that sends a message, and commit the message; return the reason if Telegram's rules refuse the
    action.
    """
    try:
        message = act()
    except Refused as refused:
        return Sent(refused=str(refused))
    world.commit()
    return Sent(message=message_view(world, message))


@router.get("/users/{user_id}/chat/{peer}", response_model_exclude_unset=True)
async def read_chat(
    world: WorldDep,
    user_id: int,
    peer: str,
    after: Annotated[int, Query(ge=0)] = 0,
    wait_s: Annotated[float, Query(ge=0, le=600)] = 0,
) -> Conversation:
    """Return the messages whose ``seq`` is greater than ``after``; wait up to ``wait_s`` for the first one."""
    person, other = person_of(world, user_id), peer_of(world, peer)
    until = time.monotonic() + wait_s
    while True:
        try:
            found = _messages(world, person.id, other, after)
        except Refused as refused:
            return Conversation(messages=[], refused=str(refused))
        left = until - time.monotonic()
        if found or left <= 0 or world.feed.closed:
            return Conversation(messages=[message_view(world, message) for message in found])
        await world.feed.wait(left)


@router.post("/users/{user_id}/send", response_model_exclude_unset=True)
async def send(world: WorldDep, user_id: int, new: NewText) -> Sent:
    """Write a text, or send media, to a bot or a group."""
    person, bot = person_of(world, user_id), peer_of(world, new.to)
    chats, posts = world.telegram.chats, world.telegram.posts
    if isinstance(bot, Channel):
        group = bot
        return sent(world, lambda: posts.post(person.id, group, _content(world, new), reply_to=new.reply_to))
    if new.kind is None:
        return sent(world, lambda: chats.send_text(person.id, bot.id, new.text, reply_to=new.reply_to))
    return sent(world, lambda: chats.send_content(person.id, bot.id, content_of(world, new)))


@router.post("/users/{user_id}/edit", response_model_exclude_unset=True)
async def edit(world: WorldDep, user_id: int, changed: EditedText) -> Sent:
    """Edit the text or caption of the person's own message."""
    person, peer = person_of(world, user_id), peer_of(world, changed.to)
    telegram = world.telegram
    if isinstance(peer, Bot):
        bot = peer
        return sent(world, lambda: telegram.chats.person_edit(person.id, bot.id, changed.message_id, changed.text))
    group = peer

    def edited() -> Message:
        message = telegram.posts.message(group, changed.message_id)
        content = reworded(message.content, changed.text)
        return telegram.posts.edit(person.id, group, message.id, content, message.markup)

    return sent(world, edited)


@router.post("/users/{user_id}/share_chat", response_model_exclude_unset=True)
async def share_chat(world: WorldDep, user_id: int, choice: SharedChat) -> Sent:
    """Answer a bot's button that requests a chat; the bot becomes an admin with the rights that the button requests."""
    person, bot, channel = person_of(world, user_id), bot_of(world, choice.to), channel_of(world, choice.chat_id)
    sharing = world.telegram.sharing
    return sent(world, lambda: sharing.share(person.id, bot.id, choice.message_id, channel, choice.button))


@router.post("/users/{user_id}/forward", response_model_exclude_unset=True)
async def forward(world: WorldDep, user_id: int, post: ForwardedPost) -> Sent:
    """Forward a channel post to a bot."""
    person, bot = person_of(world, user_id), bot_of(world, post.to)
    channel = channel_of(world, post.channel_id)

    def forwarded() -> Message:
        original, origin = world.telegram.posts.take_for_forward(person.id, channel, post.message_id)
        return world.telegram.chats.forward(person.id, bot.id, original, origin)

    return sent(world, forwarded)


@router.post("/users/{user_id}/forward_words", response_model_exclude_unset=True)
async def forward_words(world: WorldDep, user_id: int, words: ForwardedWords) -> Sent:
    """Forward another person's message to a bot. words.hidden: True if the author's settings hide the account."""
    person, bot, author = person_of(world, user_id), bot_of(world, words.to), person_of(world, words.author)
    chats = world.telegram.chats
    return sent(world, lambda: chats.forward_words(person.id, bot.id, author.id, words.text, hidden=words.hidden))


def _content(world: World, new: NewText) -> Content:
    return written(new.text) if new.kind is None else content_of(world, new)


def _messages(world: World, person_id: int, peer: Bot | Channel, after: int) -> list[Message]:
    telegram = world.telegram
    if isinstance(peer, Bot):
        return telegram.chats.messages(person_id, peer.id, after)
    telegram.channels.require_inside(peer, person_id)
    return telegram.posts.messages(peer, after)
