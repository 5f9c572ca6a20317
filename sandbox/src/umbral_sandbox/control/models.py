"""Answer models of the control interface."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from umbral_sandbox.world.telegram.channel_records import ChatKind
from umbral_sandbox.world.telegram.records import MessageKind


class Participant(BaseModel):
    """A person or bot, in short."""

    id: int
    name: str
    is_bot: bool


class ButtonView(BaseModel):
    """A button under a message; ``url``, ``copy`` or ``data`` according to its kind; ``web_app`` has a ``url`` too.
    ``style``: danger, success or primary, if the button has one.
    """

    model_config = ConfigDict(populate_by_name=True)

    text: str
    kind: Literal["callback", "url", "copy", "pay", "web_app"]
    url: str | None = None
    copy_text: str | None = Field(default=None, alias="copy")
    data: str | None = None
    style: str | None = None


class FileView(BaseModel):
    """A picture or file; ``url`` if it can be fetched."""

    id: str | None = None
    name: str | None = None
    url: str | None = None


class InvoiceView(BaseModel):
    """The content of an invoice; ``amount`` is in the currency's main unit."""

    title: str
    description: str
    currency: str
    amount: str


class ServiceView(BaseModel):
    """A service message, named as in the Bot API; ``title`` for a name, ``who`` for the person who joined or left."""

    kind: str
    title: str | None = None
    who: str | None = None


class MessageView(BaseModel):
    """A message, as a member of the chat sees it."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    seq: int
    date: datetime
    edited: bool
    sender: Participant = Field(alias="from")
    kind: MessageKind
    text: str
    entities: list[dict[str, JsonValue]] = []
    pinned: bool
    service: ServiceView | None = None
    file: FileView | None = None
    invoice: InvoiceView | None = None
    buttons: list[list[ButtonView]]
    reaction: str | None = None


class AdminView(BaseModel):
    """An admin other than the owner; ``rights`` are the Bot API's names that are true."""

    id: int
    is_bot: bool
    rights: list[str]
    anonymous: bool


class LinkView(BaseModel):
    """An invite link; ``used`` counts everyone who ever joined through it."""

    url: str
    creator: int
    primary: bool
    request: bool
    member_limit: int | None
    expires: datetime | None
    revoked: bool
    used: int
    title: str


class ChannelView(BaseModel):
    """A channel or group in full; ``id`` is the Bot API's, ``messages`` is their number. ``topics``: topics of a forum,
    by thread. ``linked``: the channel's discussion group, or the group's channel.
    """

    id: int
    kind: ChatKind
    title: str
    about: str
    owner: int
    protected: bool
    created_by: int
    created: datetime
    admins: list[AdminView]
    members: list[Participant]
    links: list[LinkView]
    requests: list[int]
    banned: list[int]
    messages: int
    topics: dict[int, str] = {}
    restricted: list[int] = []
    linked: int | None = None


class ActionResult(BaseModel):
    """Result of an action; ``refused`` is the reason if Telegram's rules refused it."""

    ok: bool
    refused: str | None = None


def outcome(refused: str | None) -> ActionResult:
    """Build the result of a person's action."""
    return ActionResult(ok=True) if refused is None else ActionResult(ok=False, refused=refused)
