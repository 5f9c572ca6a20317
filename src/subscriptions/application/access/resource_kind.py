"""The port of a kind of resource: how it is opened, closed, entered, left and posted to. One strategy per kind."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar, Final
from uuid import UUID

from subscriptions.application.dto.policy import Policy
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
"""The package whose folders are the kinds."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One resource that one customer's subscription opens, at one moment. The subscription is saved already.

    cause: what the customer is told the next step into the VIP channel for; None where the caller shows it. is_told:
    the message about the cause shows the first stage of its ritual. ways: takes the chats to which the customer needs a
    link that is handed over together with others; where it is None, each is asked for by itself.
    """

    resource: Resource
    subscription: Subscription
    customer: Customer
    plan: ServicePlan
    policy: Policy
    now: datetime
    cause: str | None = None
    is_told: bool = False
    ways: list[ChannelId] | None = None

    @property
    def grace(self) -> timedelta:
        """How long a failed charge leaves them inside."""
        return access_policy.grace_of(self.plan, self.policy.grace)


class ResourceKind(ABC):
    """What is special about one kind. Every method works in the caller's unit of work, which the caller commits.

    A subclass registers itself by its `name`, which is what `resources.kind` keeps. lock_rank: kinds with a lower one
    are opened first, so that rows are locked in the one order of docs/internals.md.
    """

    name: ClassVar[str]
    lock_rank: ClassVar[int] = 0
    has_chat: ClassVar[bool] = True
    """Whether its customers are let into a chat; else the bot hands it over."""
    strangers_go: ClassVar[bool]
    """Whether somebody inside who never had a right there is put out; else they are a guest of the operator's."""
    for_one: ClassVar[bool] = False
    """Whether each customer has one of their own; else those who pay for it share it."""
    needs_account: ClassVar[bool] = False
    """Whether an account of the pool makes it; else the bot alone is enough."""
    names_who_comes: ClassVar[bool] = False
    """Whether Telegram writes a line in the chat about everybody who comes and goes."""
    may_have_ritual: ClassVar[bool] = False
    """Whether the three stages may stand before its door."""
    chat_types: ClassVar[tuple[str, ...]] = ()
    """Telegram's words for the chats that can be one, see `chat_place.py`."""
    place_kinds: ClassVar[tuple[ChannelKind, ...]] = ()
    """What the rows of its chats are called."""
    own_acts: ClassVar[tuple[str, ...]] = ()
    """The names of the acts of staff that its resources alone offer."""
    sender_rights: ClassVar[tuple[str, ...]] = ("can_post_messages",)
    """What a sender bot has to be allowed there, by the Bot API's names (core.telegram.org/bots/api)."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _KINDS[cls.name] = cls()

    @property
    def has_place(self) -> bool:
        """Whether one chat is its place for all who have it, so that it can be sold only once that is set up."""
        return self.has_chat and not self.for_one

    @abstractmethod
    async def grant(self, uow: UnitOfWork, opening: Opening) -> None:
        """Give the customer the right, or leave it with them, for as long as their live subscriptions say."""

    @abstractmethod
    async def settle(self, uow: UnitOfWork, opening: Opening) -> None:
        """Bring the right in line with the customer's subscriptions: end it, let it rest, or let it go on."""

    @abstractmethod
    async def withdraw(self, uow: UnitOfWork, opening: Opening) -> None:
        """The plan opens it no longer: end the right, unless something else of theirs goes on opening it."""

    @abstractmethod
    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """The subscription is about to go over to another plan, which opens it: what is its customer's own stays so."""

    @abstractmethod
    async def place(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """Return the chat this resource is for the customer; None while there is none."""

    @abstractmethod
    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Whether the resource can be sold: who buys it gets in."""

    @abstractmethod
    async def renew_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """Have a new link made for a customer who needs one. False: they need none, or the first is on its way."""

    @abstractmethod
    async def resend_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """Send the customer their way in once more. operation: which wish that was. False: they need none."""

    @abstractmethod
    async def links(self, uow: UnitOfWork, place: Channel, access: Access) -> Sequence[Invite]:
        """Return the links that may be shown to the customer, the oldest first; some may be over."""

    @abstractmethod
    async def may_pass(self, uow: UnitOfWork, place: Channel, access: Access | None) -> bool:
        """Whether the holder's request to join is approved."""

    @abstractmethod
    async def came_by_another(
        self, uow: UnitOfWork, place: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """Whether somebody came in by a link for somebody else, who then gets another. via: that link."""

    @abstractmethod
    async def on_entry(self, uow: UnitOfWork, place: Channel, access: Access, now: datetime) -> None:
        """The holder is inside: what led there has served."""

    @abstractmethod
    async def on_exit(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Somebody was put out. is_revoked: for good, and not while their right rests."""

    @abstractmethod
    async def on_ban(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """Put away the links of a holder whom an administrator of the chat banned."""

    @abstractmethod
    async def on_return(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """The holder needs a way in: the right came back while they were being put out, or none was made."""

    @abstractmethod
    async def stranger_removed(self, uow: UnitOfWork, place: Channel, now: datetime) -> None:
        """Somebody without a right was put out: whatever link they may have come by serves nobody any more."""

    @abstractmethod
    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return the chats in which a pick of the plan stands: one that is shared, or a copy for each customer."""


_KINDS: Final[dict[str, ResourceKind]] = {}


@cache
def resource_kinds() -> Mapping[str, ResourceKind]:
    """Every strategy by its name: that of each folder of `KINDS`."""
    for folder in iter_modules(import_module(KINDS).__path__):
        import_module(f"{KINDS}.{folder.name}.kind")
    return _KINDS


def kind_named(name: str) -> ResourceKind | None:
    """Return the strategy of this name; None for one that only a newer version knows."""
    return resource_kinds().get(name)


def kind_of(resource: Resource) -> ResourceKind:
    """Return the strategy of a resource."""
    return resource_kinds()[resource.kind]


def kind_of_place(place: Channel) -> ResourceKind:
    """Return the strategy of the resource that a chat is the place of."""
    return _by_place()[place.kind]


@cache
def _by_place() -> Mapping[ChannelKind, ResourceKind]:
    return {place_kind: kind for kind in resource_kinds().values() for place_kind in kind.place_kinds}


def kind_of_chat(chat_type: str) -> ResourceKind | None:
    """Return the strategy of what a chat of Telegram's can be; None for one that nothing can be made of."""
    return next((kind for kind in resource_kinds().values() if chat_type in kind.chat_types), None)


def in_lock_order(resources: Iterable[Resource]) -> list[Resource]:
    """In the order in which whoever opens or closes several of one customer's has to go through them."""
    return sorted(resources, key=_lock_rank)


def _lock_rank(resource: Resource) -> tuple[int, bool, bool, datetime, str]:
    rank = kind_of(resource).lock_rank
    return rank, resource.has_ritual, resource.is_vip, resource.created_at, resource.soft_id
