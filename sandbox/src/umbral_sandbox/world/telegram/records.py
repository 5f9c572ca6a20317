"""Records of people, bots, private chats and messages."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, JsonValue

Content = dict[str, JsonValue]
MessageKind = Literal["text", "photo", "document", "invoice", "service"]


class SentFile(BaseModel):
    """Text content of a document that a person sent."""

    words: str
    encoding: str = "utf-8"


class Person(BaseModel):
    """Person on Telegram. People with a phone number can log in over MTProto: the operator's userbot accounts."""

    id: int
    first_name: str
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None
    phone: str | None = None
    password: str | None = None
    stars: int = 10_000
    deleted: bool = False
    is_bot: Literal[False] = False

    @property
    def name(self) -> str:
        """Return the first and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class Bot(BaseModel):
    """Bot on Telegram. settings: settings of the Bot API (commands, descriptions, webhook)."""

    id: int
    username: str
    name: str
    token: str
    allowed_updates: list[str] | None = None
    settings: dict[str, JsonValue] = {}
    is_bot: Literal[True] = True


class LoginCode(BaseModel):
    """Code that Telegram sent to a phone, until the code is used or replaced."""

    phone: str
    code: str
    hash: str
    at: datetime


class AuthKey(BaseModel):
    """Key of an MTProto client. user_id: account that logged in with the key, or None."""

    id: int
    key: str
    user_id: int | None = None
    revoked: bool = False


class PrivateChat(BaseModel):
    """A person's chat with a bot, which exists once the person opened the chat."""

    person: int
    bot: int
    started: bool = False
    blocked: bool = False
    pinned: list[int] = []


class Message(BaseModel):
    """Message of a private chat or channel.

    content: the Bot API's fragment of a Message (``{"text": …, "entities": …}``, ``{"photo": …, "caption": …}``,
    ``{"invoice": …}``, ``{"pinned_message": …}``). markup: inline keyboard. hidden: data that only the sending bot's
    server knows (an invoice's payload). seq: number that grows with each new message and each edit within ``chat``.
    """

    chat: str
    id: int
    seq: int
    date: datetime
    sender: int
    content: Content
    markup: Content | None = None
    edited: datetime | None = None
    pinned: bool = False
    protected: bool = False
    forwarded: Content | None = None
    reply_to: int | None = None
    hidden: Content = {}

    @property
    def text(self) -> str:
        """Return the text or caption; an empty text without either."""
        found = self.content.get("text") or self.content.get("caption") or ""
        return found if isinstance(found, str) else ""

    @property
    def kind(self) -> MessageKind:
        """Return the kind of this message in the control interface."""
        if "photo" in self.content:
            return "photo"
        if "invoice" in self.content:
            return "invoice"
        if "text" in self.content:
            return "text"
        media = {"document", "video", "animation", "audio", "voice", "sticker", "poll"}
        return "document" if media & self.content.keys() else "service"


class Callback(BaseModel):
    """Press of a button, and the bot's answer."""

    id: str
    bot: int
    person: int
    chat: str
    message_id: int
    data: str
    at: datetime
    answered: bool = False
    text: str | None = None
    alert: bool = False
    url: str | None = None


class Update(BaseModel):
    """Update in a bot's queue, as the Bot API delivers it."""

    bot: int
    id: int
    kind: str
    body: dict[str, JsonValue]


def private_key(person: int, bot: int) -> str:
    """Return the key of a private chat."""
    return f"p{person}:{bot}"


def channel_key(channel_id: int) -> str:
    """Return the key of a channel's messages."""
    return f"c{channel_id}"


def bot_api_id(channel_id: int) -> int:
    """Return the Bot API's id of a channel or supergroup (``-100…``)."""
    return -1_000_000_000_000 - channel_id


def bare_id(chat_id: int) -> int | None:
    """Return the bare id of a channel or group from its Bot API id; None for the id of a person or bot."""
    if chat_id < -1_000_000_000_000:
        return -1_000_000_000_000 - chat_id
    return -chat_id if chat_id < 0 else None
