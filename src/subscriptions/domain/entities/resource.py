"""What a plan opens: a channel of the customer's own, or a chat that all who pay for it share."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChannelId, PlanId, ResourceId, SubscriptionId, new_uuid

PERSONAL: Final = "personal"
"""The resource that stands for a channel made for each customer and plan."""
VIP: Final = "vip"
"""The VIP channel of the operator's documents: its customers are VIP, and the ritual leads to it from the beginning."""

PERSONAL_CHANNEL: Final = "personal_channel"
SHARED_CHANNEL: Final = "shared_channel"
GROUP: Final = "group"
"""The kinds that have a chat, see `Channel.kind`. Any kind is the name of a strategy, see `access/resource_kind.py`."""
CONTENT: Final = "content"
"""The kind that the bot itself hands over: see `entities/content.py`."""

TITLE_LIMIT: Final = 128
_SOFT_ID = re.compile(r"[a-z0-9-]{1,40}\Z")


class EntryPolicy(StrEnum):
    """request: a link that asks to join, sent at once · ritual: the three stages of the VIP entry, or, before the VIP
    channel, the link at once where VIP_ENTRY says so · direct: no door to pass, as into a channel made for the
    customer."""

    REQUEST = "request"
    RITUAL = "ritual"
    DIRECT = "direct"


class ResourceStatus(StrEnum):
    """active: plans may open it · retired: kept for the record."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(kw_only=True)
class Resource:
    """Something that can be opened.

    soft_id: its public name, as plans list it. kind: the name of the strategy that opens and closes it.
    tidy: Telegram's lines about who came and went are deleted in its group. welcome: what the bot writes there when
    somebody comes in, Telegram's HTML with `{name}`; None where it greets nobody. topics: posts for a plan, and the
    welcome of who has it, stand in a topic of the plan's.
    """

    id: ResourceId
    soft_id: str
    kind: str
    title: str
    entry: EntryPolicy = EntryPolicy.REQUEST
    status: ResourceStatus = ResourceStatus.ACTIVE
    created_at: datetime
    updated_at: datetime | None = None
    tidy: bool = False
    welcome: str | None = None
    topics: bool = False

    def __post_init__(self) -> None:
        if not _SOFT_ID.match(self.soft_id):
            raise InvalidInput("name", "must be 1 to 40 of a-z, 0-9 and -")
        self.title = " ".join(self.title.split())[:TITLE_LIMIT] or self.soft_id

    @classmethod
    def add(cls, soft_id: str, kind: str, title: str, entry: EntryPolicy, now: datetime) -> "Resource":
        """Make a resource known. Raises InvalidInput naming `name`."""
        return cls(id=ResourceId(new_uuid()), soft_id=soft_id, kind=kind, title=title, entry=entry, created_at=now)

    @property
    def has_ritual(self) -> bool:
        """Whether its customers pass the three stages before its door."""
        return self.entry is EntryPolicy.RITUAL

    @property
    def is_vip(self) -> bool:
        """Whether it is the VIP channel of the operator's documents."""
        return self.soft_id == VIP

    @property
    def is_built_in(self) -> bool:
        """Whether it is there from the beginning, and stays."""
        return self.soft_id in {PERSONAL, VIP}

    @property
    def is_retired(self) -> bool:
        """Whether no plan may open it."""
        return self.status is ResourceStatus.RETIRED

    def rename(self, title: str, now: datetime) -> None:
        """Call it otherwise. title: one line, not empty."""
        self.title, self.updated_at = title[:TITLE_LIMIT], now

    def let_in_by(self, entry: EntryPolicy, now: datetime) -> None:
        """Have its customers come in otherwise from now on."""
        self.entry, self.updated_at = entry, now

    def arrange(self, *, tidy: bool, welcome: str | None, topics: bool, now: datetime) -> None:
        """Say how its group is kept."""
        self.tidy, self.welcome, self.topics, self.updated_at = tidy, welcome, topics, now

    def retire(self, now: datetime) -> None:
        """No plan opens it any more."""
        self.status, self.updated_at = ResourceStatus.RETIRED, now

    def return_to_use(self, now: datetime) -> None:
        """Plans may open it again."""
        self.status, self.updated_at = ResourceStatus.ACTIVE, now


@dataclass(frozen=True, kw_only=True)
class PlanTopic:
    """Where in a forum a plan's posts stand. thread: the topic's number; None while it is made, since `asked_at`."""

    channel_id: ChannelId
    plan_id: PlanId
    thread: int | None = None
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredOpening:
    """A subscription that goes on opening what its plan opens no longer, until the end of the period it was then in."""

    subscription_id: SubscriptionId
    resource_id: ResourceId
    until: datetime


@dataclass(frozen=True)
class Holders:
    """Customers with live subscriptions of some plans. exclusive: those to whom nothing else opens the resource."""

    all: int
    exclusive: int
