"""Interface of the kinds of resource, such as a shared group: granting, ending, joining, leaving and posting. Each kind
is one strategy.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import ClassVar, Final
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelKind, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import ChannelId, CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

KINDS: Final = "subscriptions.application.access.kinds"
"""Package in which each folder is a built-in kind of resource."""
ENTRY_POINTS: Final = "umbral.resource_kinds"
"""Entry point group through which other packages add kinds of resource."""


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """Entitlement of one customer's subscription to one resource at one time. The subscription is already saved.

    cause: reason named in the next VIP entry step; None if the caller shows the step
    is_told: True if the message about the purchase or grant already shows the first entry step
    is_requested: True if the customer bought the time or redeemed a code, so that one who left a chat wants to return
    linked_channels: list that collects the chats whose links are sent together in one message; None to request each
        link separately
    """

    resource: Resource
    subscription: Subscription
    customer: Customer
    plan: ServicePlan
    policy: Policy
    now: datetime
    cause: str | None = None
    is_told: bool = False
    is_requested: bool = False
    linked_channels: list[ChannelId] | None = None

    @property
    def grace(self) -> timedelta:
        """Grace period after a failed charge."""
        return access_policy.grace_of(self.plan, self.policy.grace)


class ResourceKind(ABC):
    """Strategy of one kind of resource. Every method works in the caller's unit of work, which the caller commits.

    A subclass registers itself by its `name`, which is stored in `resources.kind`. `lock_rank`: position of the kind in
    the order in which rows are locked (docs/internals.md); lower ranks are locked first.
    """

    name: ClassVar[str]
    lock_rank: ClassVar[int] = 0
    has_chat: ClassVar[bool] = True
    """True if customers join a chat; False if the bot delivers the resource."""
    strangers_go: ClassVar[bool]
    """True if people without access are removed; False if they count as guests of the operator."""
    for_one: ClassVar[bool] = False
    """True if each customer has a chat of their own; False if all customers share one."""
    needs_account: ClassVar[bool] = False
    """True if a userbot account creates the chat; False if the bot creates it or the operator does."""
    names_who_comes: ClassVar[bool] = False
    """True if Telegram posts a service message in the chat for everyone who joins or leaves."""
    may_have_ritual: ClassVar[bool] = False
    """True if the three entry steps may precede joining."""
    chat_types: ClassVar[tuple[str, ...]] = ()
    """Telegram's chat types that fit this kind, see `chat_check.py`."""
    channel_kinds: ClassVar[tuple[ChannelKind, ...]] = ()
    """Kinds of channel that the resource's chats may have."""
    settings: ClassVar[frozenset[str]] = frozenset()
    """Names of the settings that have an effect only on resources of this kind."""
    own_commands: ClassVar[tuple[str, ...]] = ()
    """Names of the staff commands that are offered for resources of this kind only."""
    sender_rights: ClassVar[tuple[str, ...]] = ("can_post_messages",)
    """Rights that a sender bot needs in the chat, by their Bot API names (core.telegram.org/bots/api)."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _KINDS[cls.name] = cls()

    @property
    def has_shared_chat(self) -> bool:
        """Return True if all customers share one chat, which must be set up before the resource can be sold."""
        return self.has_chat and not self.for_one

    @abstractmethod
    async def grant(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Grant the customer access, or extend existing access, until the end of the customer's live subscriptions."""

    @abstractmethod
    async def settle(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Update the access to match the customer's subscriptions: end, suspend or restore it."""

    @abstractmethod
    async def withdraw(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """End the access to a resource that was removed from the plan, unless the customer has another entitlement to
        the resource.
        """

    @abstractmethod
    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """Move the customer's own chat to the plan `target` when the subscription changes to it."""

    @abstractmethod
    async def find_channel(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """Return the customer's chat for this resource. Return None if there is none yet."""

    @abstractmethod
    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Return True if the resource can be delivered now, so that customers who buy it can enter."""

    @abstractmethod
    async def renew_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """Request a new invite link. Return False if the customer needs none, or if the first link is already being
        created.
        """

    @abstractmethod
    async def resend_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """Send the customer's link again. `operation`: id of the request. Return False if the customer needs
        no link.
        """

    @abstractmethod
    async def links(self, uow: UnitOfWork, channel: Channel, access: Access) -> Sequence[Invite]:
        """Return the links that may be shown to the customer, oldest first. Some may have expired."""

    @abstractmethod
    async def may_pass(self, uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
        """Return True if the customer's join request is to be approved."""

    @abstractmethod
    async def came_by_another(
        self, uow: UnitOfWork, channel: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """Return True if a person joined by another customer's link, and request a new link for that customer. `via`:
        invite link that the person used.
        """

    @abstractmethod
    async def on_entry(self, uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
        """Record that the customer joined, and mark the invite links as used."""

    @abstractmethod
    async def on_exit(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Update the resource after a customer was removed. `is_revoked`: True if the access ended, False if it is
        suspended.
        """

    @abstractmethod
    async def on_ban(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """Revoke the invite links of a customer banned by a chat administrator."""

    @abstractmethod
    async def on_return(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Request an invite link for a customer who regained access while being removed, or for whom no link was
        created.
        """

    @abstractmethod
    async def stranger_removed(self, uow: UnitOfWork, channel: Channel, now: datetime) -> None:
        """Update the invite links after a stranger was removed, so that the stranger cannot enter by the same link
        again.
        """

    @abstractmethod
    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return the chats to which the plan's posts are sent: one shared chat, or each customer's own."""


_KINDS: Final[dict[str, ResourceKind]] = {}


@cache
def resource_kinds() -> Mapping[str, ResourceKind]:
    """Return all kinds of resource, keyed by name: one per folder of `KINDS`, and one per entry point of
    `ENTRY_POINTS`. An entry point that cannot be used is omitted and reported.
    """
    for folder in iter_modules(import_module(KINDS).__path__):
        import_module(f"{KINDS}.{folder.name}.kind")
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        with contained(entry.name, "kind", lasts=True):
            if entry.name in _KINDS:
                raise InvalidFeature(f"there is a kind of resource {entry.name!r} already")
            import_module(f"{entry.value}.kind")
    return _KINDS


def kind_named(name: str) -> ResourceKind | None:
    """Return the kind of resource with this name; None if the name is unknown, as after a downgrade."""
    return resource_kinds().get(name)


def kind_of(resource: Resource) -> ResourceKind:
    """Return the strategy for the resource's kind."""
    return resource_kinds()[resource.kind]


def kind_of_channel(channel: Channel) -> ResourceKind:
    """Return the strategy for the kind of resource that the channel belongs to."""
    return _by_channel_kind()[channel.kind]


@cache
def _by_channel_kind() -> Mapping[ChannelKind, ResourceKind]:
    return {channel_kind: kind for kind in resource_kinds().values() for channel_kind in kind.channel_kinds}


def kind_of_chat(chat_type: str) -> ResourceKind | None:
    """Return the strategy for a Telegram chat type. Return None for a type that no resource can have."""
    return next((kind for kind in resource_kinds().values() if chat_type in kind.chat_types), None)


def in_lock_order(resources: Iterable[Resource]) -> list[Resource]:
    """Sort one customer's resources into the fixed locking order, which prevents deadlocks between processes."""
    return sorted(resources, key=_lock_rank)


def _lock_rank(resource: Resource) -> tuple[int, bool, bool, datetime, str]:
    rank = kind_of(resource).lock_rank
    return rank, resource.has_ritual, resource.is_vip, resource.created_at, resource.soft_id
