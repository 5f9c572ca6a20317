"""From a customer's live plans to the right to be in a shared chat, and where they stand in its ritual."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

import structlog

from subscriptions.application.access.resource_kind import Opening, kind_of_place
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK, WITHOUT_RIGHT, Access, AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import FIRST_STAGE, VipEntry
from subscriptions.domain.events import SharedWay, VipChannelMissed, VipEntryBegun, VipWayOutdated
from subscriptions.domain.ids import ChannelId, CustomerId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

T = TypeVar("T")

BATCH: Final = 1000
"""A statement takes so many parameters and no more."""


class ChannelNotConfigured(AlarmKind):
    """Somebody has a right to the VIP channel, and there is none. token: the code they came with, masked."""

    name = "channel_not_configured"
    closes = ByCheck(alarm_causes.let_in)
    way = Way.CHANNEL
    subscription: SubscriptionId | None = None
    telegram_id: TelegramId | None = None
    plan: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class GrantShared:
    """Keeps one customer's access to a shared chat in step with all their plans that open it. The caller commits.

    The access is locked before the plans are read: two of them that end at the same moment line up there.
    """

    policy: Policy

    async def activate(self, uow: UnitOfWork, opening: Opening) -> None:
        """Time was bought or given. Who has live access renews; anybody else begins the ritual, or gets a link."""
        channel = await uow.resources.place(opening.resource.id)
        if channel is None:
            alarm = ChannelNotConfigured(subscription=opening.subscription.id)
            uow.record(alarm.raise_event(f"no_channel:{opening.subscription.id}", opening.now))
            uow.record(VipChannelMissed(opening.customer.id))
            return
        access = await uow.accesses.find(opening.customer.id, channel.id, lock=True)
        await self._activate(uow, opening, channel, access)

    async def _activate(self, uow: UnitOfWork, opening: Opening, channel: Channel, known_access: Access | None) -> None:
        customer, now = opening.customer, opening.now
        is_renewal = known_access is not None and known_access.status not in WITHOUT_RIGHT
        access = await self._open(uow, known_access, customer.id, opening.resource, channel, now)
        if not opening.resource.has_ritual:
            if access.status in WAITS_FOR_LINK and opening.ways is not None:
                opening.ways.append(channel.id)
            elif access.status in WAITS_FOR_LINK:
                uow.record(VipWayOutdated(customer.id, channel_id=channel.id))
            if access.status is AccessStatus.PENDING:
                watch = jobs.WatchAccess(access_id=access.id)
                await uow.enqueue(watch.delayed_job(now + self.policy.access_patience, access.id))
            return
        is_renewal = is_renewal or await _was_in_lost(uow, channel, customer.id, now)
        entry = await self._enter(uow, customer, channel, now, is_renewal=is_renewal)
        if access.status is AccessStatus.ACTIVE:
            return
        way = way_beside_vip(channel, access)
        if way is not None:
            # Whoever shows the first stage shows that of the VIP channel: any other is a message of its own.
            cause = opening.cause or f"{opening.subscription.id}:{now.isoformat()}"
            uow.record(VipEntryBegun(customer.id, entry.vip_entry_stage, cause, way=way))
        elif opening.cause is not None:
            uow.record(VipEntryBegun(customer.id, entry.vip_entry_stage, opening.cause, opening.is_told))
        else:
            await self.see_to_link(uow, customer.id, channel, now)

    async def admit(self, uow: UnitOfWork, opening: Opening) -> bool:
        """What `activate` would have done, had there been a channel. False: it is done, or there still is none.

        A plan that rests gives its customer a right that rests: whatever lets it go on lets them in.
        """
        customer = opening.customer
        channel = await uow.resources.place(opening.resource.id)
        if channel is None or await uow.accesses.find(customer.id, channel.id, lock=True) is not None:
            return False
        if not opening.subscription.rests:
            await self._activate(uow, replace(opening, cause=f"channel:{channel.id}"), channel, None)
            return True
        access = await self._open(uow, None, customer.id, opening.resource, channel, opening.now)
        # Nobody has to be put out of where they never were.
        access.apply(AccessEvent.SUSPENDED)
        await uow.accesses.save(access)
        if opening.resource.has_ritual:
            await self._enter(uow, customer, channel, opening.now, is_renewal=False)
        return True

    async def settle_all(
        self,
        uow: UnitOfWork,
        resource: Resource,
        customers: Sequence[CustomerId],
        now: datetime,
        *,
        is_over: bool = False,
    ) -> None:
        """Plans of many customers rest, go on, or ended: whoever has another one that runs stays.

        The subscriptions are saved already. It takes a few statements, however many customers there are. is_over: the
        access of all of them is over, whatever their plans say.
        """
        channel = await uow.resources.place(resource.id)
        accesses = await uow.of(VIP_KEY).accesses(channel.id, customers) if channel is not None else ()
        of_ritual = await uow.of(VIP_ENTRIES_KEY).of_all(customers, ritual_id(resource)) if resource.has_ritual else ()
        entries = {entry.customer_id: entry for entry in of_ritual}
        vip_entries_by_customer_id = {entry.customer_id: replace(entry) for entry in entries.values()}
        live: dict[CustomerId, list[Subscription]] = {}
        # Only now, under the locks: what another unit of work ended meanwhile must be seen.
        running = () if is_over else await uow.of(VIP_KEY).live_subscriptions_of_all(customers, resource.soft_id)
        for subscription in running:
            live.setdefault(subscription.customer_id, []).append(subscription)
        outsiders = {access.customer_id for access in accesses if access.status in WITHOUT_RIGHT}
        let_in = await self._let_in(uow, [each for who in outsiders for each in live.get(who, [])], now)
        for access in accesses:
            entry = entries.get(access.customer_id)
            _settle(access, entry, live.get(access.customer_id, []))
            if access.customer_id in let_in:
                self._go_on(uow, access, resource, entry, now)
        await uow.of(VIP_KEY).save_accesses(accesses)
        await uow.of(VIP_ENTRIES_KEY).save_all(
            [entry for entry in entries.values() if entry != vip_entries_by_customer_id[entry.customer_id]]
        )

    async def _let_in(
        self, uow: UnitOfWork, subscriptions: Sequence[Subscription], now: datetime
    ) -> Collection[CustomerId]:
        """Whose subscription lets them in now, by the grace days of its plan."""
        plans = {each: await uow.plans.get(each) for each in {item.plan_id for item in subscriptions}}
        graces = {each: access_policy.grace_of(plan, self.policy.grace) for each, plan in plans.items()}
        return {each.customer_id for each in subscriptions if access_policy.lets_in(each, graces[each.plan_id], now)}

    async def see_to_link(self, uow: UnitOfWork, customer_id: CustomerId, place: Channel, now: datetime) -> None:
        """A link that whoever shows it did not get made is made and sent by itself a little later."""
        job = jobs.TendVipEntry(customer_id=customer_id, channel_id=beside_vip(place))
        await uow.enqueue(job.delayed_job(now + self.policy.link_patience, f"vip_link:{job.who}"))

    async def _open(
        self,
        uow: UnitOfWork,
        known_access: Access | None,
        customer_id: CustomerId,
        resource: Resource,
        channel: Channel,
        now: datetime,
    ) -> Access:
        access = known_access or Access.request(customer_id, channel.id, now, is_shared=True)
        if known_access is not None:
            access.grant(is_shared=True)
        access.ends_at = access_policy.ends_at(await uow.of(VIP_KEY).live_subscriptions(customer_id, resource.soft_id))
        await uow.accesses.save(access)
        return access

    async def _enter(
        self, uow: UnitOfWork, customer: Customer, place: Channel, now: datetime, *, is_renewal: bool
    ) -> VipEntry:
        vip_entry = await entry_at(uow, place, customer.id, lock=True)
        entry = vip_entry or VipEntry(
            customer_id=customer.id,
            resource_id=None if place.is_vip else place.resource_id,
            vip_entry_stage=None,
            created_at=now,
        )
        if is_renewal:
            if entry.under_way:
                # A link of the stage that is taken back must not lead past the ritual.
                uow.record(VipWayOutdated(customer.id, upkeep=True, channel_id=beside_vip(place)))
            stage = entry.renew()
            log.info(f"🔄 Suscripción VIP renovada para user {customer.telegram_id} (stage={_stage_text(stage)})")
        else:
            entry.begin(self._first_stage(entry))
            stage_text = _stage_text(entry.vip_entry_stage)
            log.info(f"✅ Nueva suscripción VIP creada para user {customer.telegram_id} (stage={stage_text})")
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        return entry

    def _go_on(
        self, uow: UnitOfWork, access: Access, resource: Resource, entry: VipEntry | None, now: datetime
    ) -> None:
        """Who was put out comes back by a link; who had not been inside yet, from the first stage."""
        for_good = access.status is not AccessStatus.SUSPENDED
        access.grant(is_shared=True)
        if not resource.has_ritual:
            uow.record(VipWayOutdated(access.customer_id, channel_id=access.channel_id))
            return
        if entry is not None and for_good and access.joined_at is None and self._first_stage(entry) is not None:
            entry.begin()
        stage = entry.vip_entry_stage if entry is not None else None
        way = None if resource.is_vip else SharedWay(access.channel_id, access.id)
        uow.record(VipEntryBegun(access.customer_id, stage, f"back:{now.isoformat()}", way=way))

    def _first_stage(self, entry: VipEntry) -> int | None:
        """Where an entry begins: VIP_ENTRY is about the VIP channel alone."""
        return FIRST_STAGE if entry.resource_id is not None or self.policy.vip_ritual else None


def _settle(access: Access, entry: VipEntry | None, live: Sequence[Subscription]) -> None:
    access.ends_at = access_policy.ends_at(live)
    if not live:
        # Both at once: without the right, an entry that is cancelled does not read as one that is complete.
        access.end(is_shared=True)
        _cancel(entry)
    elif all(each.rests for each in live):
        access.suspend(is_shared=True)


def in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split what is worked on by statements that name each item."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def beside_vip(place: Channel) -> ChannelId | None:
    """Name a shared chat in events and jobs: the VIP channel goes without a name there, as in versions that knew no
    other."""
    return None if place.is_vip else place.id


def way_beside_vip(place: Channel, access: Access) -> SharedWay | None:
    """The same for events that somebody is told of."""
    return None if place.is_vip else SharedWay(place.id, access.id)


def ritual_id(resource: Resource) -> ResourceId | None:
    """Name a resource as its entries do: the VIP channel goes without a name there, too."""
    return None if resource.is_vip else resource.id


async def entry_at(uow: UnitOfWork, place: Channel, customer_id: CustomerId, *, lock: bool = False) -> VipEntry | None:
    """Where a customer stands in the ritual before a chat; None where there is none for them."""
    if place.is_vip:
        return await uow.of(VIP_ENTRIES_KEY).find(customer_id, lock=lock)
    if place.resource_id is None or not kind_of_place(place).may_have_ritual:
        return None
    return await uow.of(VIP_ENTRIES_KEY).find(customer_id, place.resource_id, lock=lock)


async def _was_in_lost(uow: UnitOfWork, place: Channel, customer_id: CustomerId, now: datetime) -> bool:
    """Whether a customer was inside the chat that this one replaces, and their time there would not be over: they have
    the ritual behind them."""
    access = await uow.accesses.find(customer_id, place.replaces) if place.replaces is not None else None
    is_running = access is not None and access.ends_at is not None and access.ends_at > now
    return is_running and access is not None and access.joined_at is not None


def _cancel(entry: VipEntry | None) -> None:
    """The access ended before the ritual did: nothing of it leads on."""
    stage = entry.cancel() if entry is not None else None
    if entry is not None and stage is not None:
        log.info(f"🚫 VIP entry flow cancelled (was at stage {stage}, access over)", customer=str(entry.customer_id))


def _stage_text(stage: int | None) -> str:
    return "NULL" if stage is None else str(stage)
