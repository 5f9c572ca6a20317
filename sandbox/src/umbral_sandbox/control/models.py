"""The shapes the control interface answers with."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from umbral_sandbox.world.telegram.channel_records import ChatKind
from umbral_sandbox.world.telegram.records import MessageKind


class Participant(BaseModel):
    """Somebody, in short."""

    id: int
    name: str
    is_bot: bool


class ButtonView(BaseModel):
    """A button under a message; ``url``, ``copy`` or ``data`` according to its kind; ``web_app`` has a ``url`` too.
    ``style``: danger, success or primary where it stands out."""

    model_config = ConfigDict(populate_by_name=True)

    text: str
    kind: Literal["callback", "url", "copy", "pay", "web_app"]
    url: str | None = None
    copy_text: str | None = Field(default=None, alias="copy")
    data: str | None = None
    style: str | None = None


class FileView(BaseModel):
    """A picture or file; ``url`` where it can be fetched."""

    id: str | None = None
    name: str | None = None
    url: str | None = None


class InvoiceView(BaseModel):
    """What an invoice asks for; ``amount`` is in the currency's own unit."""

    title: str
    description: str
    currency: str
    amount: str


class ServiceView(BaseModel):
    """What a service line tells, as the Bot API names it; ``title`` where it is a name, ``who`` came or went."""

    kind: str
    title: str | None = None
    who: str | None = None


class MessageView(BaseModel):
    """A message, as somebody in the chat sees it."""

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
    """An admin beside the owner; ``rights`` are the Bot API's names that are true."""

    id: int
    is_bot: bool
    rights: list[str]
    anonymous: bool


class LinkView(BaseModel):
    """An invite link; ``used`` counts everyone who ever came by it."""

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
    """A channel or group whole; ``id`` is the Bot API's, ``messages`` how many there are. ``topics``: of a forum, by
    thread. ``linked``: the channel's discussion group, or the group's channel."""

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
    """Whether it was done; ``refused`` says why Telegram's rules did not let it."""

    ok: bool
    refused: str | None = None


def outcome(refused: str | None) -> ActionResult:
    """The result of something a person did."""
    return ActionResult(ok=True) if refused is None else ActionResult(ok=False, refused=refused)
