"""Resource that a plan includes: a personal channel, a chat shared by all customers of the plan, or content that the
bot delivers.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChannelId, PlanId, ResourceId, SubscriptionId, new_uuid

PERSONAL: Final = "personal"
"""Slug of the personal channel, of which each customer has a separate one for each plan."""
VIP: Final = "vip"
"""Slug of the VIP channel. Its customers have the role VIP, and it has entry steps by default."""

PERSONAL_CHANNEL: Final = "personal_channel"
SHARED_CHANNEL: Final = "shared_channel"
GROUP: Final = "group"
"""Kind of resource that is a group, see `Channel.kind`. Each kind is the name of a strategy, see
`access/resource_kind.py`.
"""
CONTENT: Final = "content"
"""Kind of resource that the bot delivers itself, see `entities/content.py`."""

TITLE_LIMIT: Final = 128
_SOFT_ID = re.compile(r"[a-z0-9-]{1,40}\Z")


class EntryPolicy(StrEnum):
    """Entry policy of a resource.

    - request: the customer gets a link at once; the link creates a join request
    - ritual: the customer completes the three entry steps first; the VIP channel skips them if VIP_ENTRY says so
    - direct: the customer joins without a join request, as with a channel created for them
    """

    REQUEST = "request"
    RITUAL = "ritual"
    DIRECT = "direct"


class ResourceStatus(StrEnum):
    """Status of a resource.

    active: plans can include the resource
    retired: kept only for the records
    """

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(kw_only=True)
class Resource:
    """Resource that plans can include.

    soft_id: slug by which plans list the resource
    kind: name of the strategy that grants and ends access
    tidy: True if Telegram's messages about joining and leaving are deleted in the group
    welcome: greeting that the bot posts when a member joins, as Telegram's HTML with `{name}`; None for no greeting
    topics: True if the posts of a plan and the greetings of its customers are sent to the topic of the plan
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
        """Create a resource. Raise InvalidInput for the field `name` if the slug is invalid."""
        return cls(id=ResourceId(new_uuid()), soft_id=soft_id, kind=kind, title=title, entry=entry, created_at=now)

    @property
    def has_ritual(self) -> bool:
        """Return True if customers must complete the three entry steps before they can join."""
        return self.entry is EntryPolicy.RITUAL

    @property
    def is_vip(self) -> bool:
        """Return True for the VIP channel."""
        return self.soft_id == VIP

    @property
    def is_built_in(self) -> bool:
        """Return True for a built-in resource, which cannot be removed."""
        return self.soft_id in {PERSONAL, VIP}

    @property
    def is_retired(self) -> bool:
        """Return True if no plan may include the resource."""
        return self.status is ResourceStatus.RETIRED

    def rename(self, title: str, now: datetime) -> None:
        """Change the title. `title`: one line, not empty."""
        self.title, self.updated_at = title[:TITLE_LIMIT], now

    def let_in_by(self, entry: EntryPolicy, now: datetime) -> None:
        """Set the entry policy for future joins."""
        self.entry, self.updated_at = entry, now

    def arrange(self, *, tidy: bool, welcome: str | None, topics: bool, now: datetime) -> None:
        """Change the settings of the group."""
        self.tidy, self.welcome, self.topics, self.updated_at = tidy, welcome, topics, now

    def retire(self, now: datetime) -> None:
        """Retire the resource; plans no longer include it."""
        self.status, self.updated_at = ResourceStatus.RETIRED, now

    def return_to_use(self, now: datetime) -> None:
        """Make a retired resource available to plans again."""
        self.status, self.updated_at = ResourceStatus.ACTIVE, now


@dataclass(frozen=True, kw_only=True)
class PlanTopic:
    """Topic of a group with topics in which a plan's posts are published.

    thread: the topic's id; None while the topic is being created
    asked_at: time of the request to Telegram
    """

    channel_id: ChannelId
    plan_id: PlanId
    thread: int | None = None
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class GrandfatheredEntitlement:
    """Grandfathered entitlement: access to a resource that the plan no longer includes, kept for a subscription until
    its period ends.
    """

    subscription_id: SubscriptionId
    resource_id: ResourceId
    until: datetime


@dataclass(frozen=True)
class Holders:
    """Numbers of customers who have a resource through live subscriptions to some plans.

    all: customers who have the resource through these plans
    exclusive: customers who have the resource only through these plans
    """

    all: int
    exclusive: int
