"""Response models of the control interface."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from umbral_sandbox.world.telegram.channel_records import ChatKind
from umbral_sandbox.world.telegram.records import MessageKind


class Participant(BaseModel):
    """Id and name of a person or bot."""

    id: int
    name: str
    is_bot: bool


class ButtonView(BaseModel):
    """Button under a message, with ``url``, ``copy`` or ``data`` according to its kind; ``web_app`` has a ``url`` too.

    style: danger, success or primary, if the button has a style.
    """

    model_config = ConfigDict(populate_by_name=True)

    text: str
    kind: Literal["callback", "url", "copy", "pay", "web_app"]
    url: str | None = None
    copy_text: str | None = Field(default=None, alias="copy")
    data: str | None = None
    style: str | None = None


class FileView(BaseModel):
    """Picture or file. url: address of the file, if the file can be fetched."""

    id: str | None = None
    name: str | None = None
    url: str | None = None


class InvoiceView(BaseModel):
    """Content of an invoice. amount: total in the currency's main unit."""

    title: str
    description: str
    currency: str
    amount: str


class ServiceView(BaseModel):
    """Service message, named as in the Bot API. title: new title of the chat. who: person who joined or left."""

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
    """Admin other than the owner. rights: names of the rights that are true in the Bot API."""

    id: int
    is_bot: bool
    rights: list[str]
    anonymous: bool


class LinkView(BaseModel):
    """Invite link. used: number of people who ever joined through the link."""

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
    """Channel or group with all its properties.

    id: id at the Bot API. messages: number of messages. topics: topics of a forum, by thread. linked: the channel's
    discussion group, or the group's channel.
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
    """Result of an action. refused: reason, if Telegram's rules refused the action."""

    ok: bool
    refused: str | None = None


def outcome(refused: str | None) -> ActionResult:
    """Build the result of a person's action."""
    return ActionResult(ok=True) if refused is None else ActionResult(ok=False, refused=refused)
