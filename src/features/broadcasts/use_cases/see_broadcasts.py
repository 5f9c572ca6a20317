"""Use cases that show broadcasts, their progress and their audience to staff and programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from features.broadcasts.domain import Audience, Broadcast, BroadcastId, BroadcastStatus
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.progress import Progress, progress_of
from subscriptions.application.access.plan_chats import resources_of
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.entities.upload import UploadFacts
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class UnknownBroadcast(UmbralError):
    """Error: no broadcast with this id exists."""


@dataclass(frozen=True, kw_only=True)
class AudienceSize:
    """Size of an audience: the number of all people and of those the bot can reach, or the number of channels, which
    all count as reachable.
    """

    all: int
    reachable: int


@dataclass(frozen=True, kw_only=True)
class BroadcastView:
    """View of a broadcast with its progress and author.

    author: None for a broadcast from a program or a mirrored channel. purchases: number of recipients who bought
    something within `BOUGHT_WITHIN`, and the total amount per currency; only in the view of a single broadcast.
    """

    broadcast: Broadcast
    progress: Progress
    author: Customer | None
    purchases: Sequence[tuple[int, Money]] = ()


@dataclass(frozen=True, kw_only=True)
class BroadcastState:
    """State of a broadcast, as returned to programs.

    reaches: number of people or channels that the broadcast would reach; None once it started. unknown: deliveries that
        were in progress when a process died and may have arrived. reasons: number of failed deliveries by Telegram's
        reason. opened: number of people who pressed a button that leads to the bot, each counted once; None if the
        broadcast has no such button.
    """

    id: UUID
    status: BroadcastStatus
    created_at: datetime
    starts_at: datetime | None
    reaches: int | None
    sent: int
    blocked: int
    failed: int
    unknown: int
    waiting: int
    withdrawn: int
    reasons: Mapping[str, int]
    opened: int | None


BOUGHT_WITHIN: Final = timedelta(days=7)

OPEN_STATES: Final = frozenset({BroadcastStatus.DRAFT, BroadcastStatus.SCHEDULED})
CACHE_SIZE: Final = 500
"""Number of finished broadcasts whose views a process caches."""


class SeeBroadcasts:
    """Use case that returns broadcasts with their progress. Methods with a staff member as actor raise NotAllowed
    without the permission.
    """

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk) -> None:
        self.units = units
        self.staff_desk = staff_desk
        self._final_views: dict[BroadcastId, BroadcastView] = {}

    @reads(BROADCAST)
    async def list_views(self, uow: UnitOfWork, limit: int, offset: int = 0) -> Sequence[BroadcastView]:
        """Return the newest broadcasts first, each with its progress."""
        return [await self._list_entry(uow, each) for each in await uow.of(BROADCASTS_KEY).newest(limit, offset)]

    async def _list_entry(self, uow: UnitOfWork, item: Broadcast) -> BroadcastView:
        """Return the view of a broadcast. The view of a finished broadcast is cached, because counting its deliveries
        is slow if all customers are recipients.
        """
        view_before = self._final_views.get(item.id)
        if view_before is not None and view_before.broadcast == item:
            return view_before
        view = await _view(uow, item)
        if _is_over(item):
            if len(self._final_views) >= CACHE_SIZE:
                self._final_views.clear()
            self._final_views[item.id] = view
        return view

    @reads(BROADCAST)
    async def whole(self, uow: UnitOfWork, broadcast_id: BroadcastId) -> BroadcastView:
        """Return one broadcast with its progress and the purchases that its recipients made afterwards. Raises
        UnknownBroadcast for an unknown id.
        """
        broadcast = await _get(uow, broadcast_id)
        purchases = await uow.of(BROADCASTS_KEY).list_buyers(broadcast, BOUGHT_WITHIN)
        return replace(await _view(uow, broadcast), purchases=purchases)

    @reads(BROADCAST)
    async def file(self, uow: UnitOfWork, broadcast_id: BroadcastId) -> UploadFacts | None:
        """Return the name, size and other facts of a draft's uploaded file while Telegram has not stored it; None if
        there is no such file.
        """
        return await uow.uploads.facts(broadcast_id)

    @reads(BROADCAST)
    async def one(self, uow: UnitOfWork, broadcast_id: BroadcastId) -> tuple[Broadcast, Progress]:
        """Return one broadcast with its progress. Raises UnknownBroadcast for an unknown id."""
        broadcast = await _get(uow, broadcast_id)
        return broadcast, await progress_of(uow, broadcast)

    async def state(self, broadcast_id: BroadcastId) -> BroadcastState:
        """Return the state of one broadcast, for a program with an API key. Raises UnknownBroadcast
        for an unknown id.
        """
        async with self.units() as uow:
            return await state_of(uow, await _get(uow, broadcast_id), self.staff_desk.clock.now())

    async def language_of(self, author: TelegramId) -> str:
        """Return the language for messages to a staff member."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(author)
        return customer.language if customer is not None else LANGUAGES.home

    async def size(self, audience: Audience) -> AudienceSize:
        """Return the current size of an audience."""
        async with self.units() as uow:
            return await size_of(uow, audience, self.staff_desk.clock.now())

    async def names(self, audience: Audience | None) -> Mapping[str, str]:
        """Return the display names of the plans in an audience, keyed by slug, and of its chat, keyed by
        `in_chat(slug)`.
        """
        if audience is None or not (audience.chat or audience.plan or audience.channels):
            return {}
        async with self.units() as uow:
            plans = await uow.plans.all(active_only=False) if audience.plan or audience.channels else ()
            chat = await uow.resources.by_soft_id(audience.chat) if audience.chat is not None else None
        names = {plan.soft_id: plan.label for plan in plans}
        # A plan may have the same slug as a chat.
        return names if chat is None else {**names, in_chat(chat.soft_id): chat.title}


def in_chat(soft_id: str) -> str:
    """Return the key under which `SeeBroadcasts.names` returns a chat's title."""
    return f"chat:{soft_id}"


async def state_of(uow: UnitOfWork, broadcast: Broadcast, now: datetime) -> BroadcastState:
    """Return the state of a broadcast for programs."""
    progress, audience = await progress_of(uow, broadcast), broadcast.audience
    waits = broadcast.status in OPEN_STATES and audience is not None
    return BroadcastState(
        id=broadcast.id,
        status=broadcast.status,
        created_at=broadcast.created_at.astimezone(UTC),
        starts_at=broadcast.starts_at,
        reaches=(await size_of(uow, audience, now)).reachable if waits and audience is not None else None,
        sent=progress.sent,
        blocked=progress.blocked,
        failed=progress.failed,
        unknown=progress.unknown,
        waiting=progress.waiting,
        withdrawn=progress.withdrawn,
        reasons=dict(progress.reasons),
        opened=progress.openings,
    )


async def size_of(uow: UnitOfWork, audience: Audience, now: datetime) -> AudienceSize:
    """Return the current size of an audience in customers or channels."""
    if audience.channels:
        number = sum([await _channels(uow, soft_id) for soft_id in sorted(audience.channels)])
        return AudienceSize(all=number, reachable=number)
    people, reachable = await uow.of(BROADCASTS_KEY).size(audience, now)
    return AudienceSize(all=people, reachable=reachable)


async def _get(uow: UnitOfWork, broadcast_id: BroadcastId) -> Broadcast:
    broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
    if broadcast is None:
        raise UnknownBroadcast(str(broadcast_id))
    return broadcast


def _is_over(item: Broadcast) -> bool:
    """Return True if the broadcast's delivery counts can no longer change unless staff changes the broadcast. The
    counts of a broadcast to channels are never final, because new channels receive the broadcast too.
    """
    if item.audience is None or item.audience.channels or item.begun_at is None or item.ended_at is None:
        return False
    return item.status is BroadcastStatus.DONE and item.begun_at < item.ended_at


async def _view(uow: UnitOfWork, broadcast: Broadcast) -> BroadcastView:
    author_id = broadcast.author
    author = await uow.customers.by_telegram_id(author_id) if author_id is not None else None
    return BroadcastView(broadcast=broadcast, progress=await progress_of(uow, broadcast), author=author)


async def _channels(uow: UnitOfWork, soft_id: str) -> int:
    plan = await uow.plans.by_soft_id(soft_id)
    if plan is None:
        return 0
    return sum([len(await kind_of(each).posts_to(uow, each, plan.id)) for each in await resources_of(uow, plan)])
