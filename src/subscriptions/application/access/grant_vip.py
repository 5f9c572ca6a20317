"""From a customer's live VIP plans to the right to be in the shared channel, and where they stand in its ritual."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Subject, Way
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import OUT, Access, AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import FIRST, VipEntry
from subscriptions.domain.events import VipChannelMissed, VipEntryBegun, VipWayOutdated
from subscriptions.domain.ids import CustomerId, SubscriptionId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)


class ChannelNotConfigured(AlarmKind):
    """Somebody has a right to the VIP channel, and there is none. token: the code they came with, masked."""

    name = "channel_not_configured"
    closes = ByCheck(alarm_causes.let_in)
    subject = Subject.CUSTOMER
    way = Way.CHANNEL
    subscription: SubscriptionId | None = None
    telegram_id: TelegramId | None = None
    plan: str | None = None
    token: str | None = None


class VipStart(Enum):
    """new: the ritual begins · renewed: live access was extended · nowhere: the VIP channel is not set up."""

    NEW = auto()
    RENEWED = auto()
    NOWHERE = auto()


class GrantVip:
    """Keeps one customer's access to the VIP channel in step with all their VIP plans. The caller commits.

    The access is locked before the plans are read: two of them that end at the same moment line up there.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def activate(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        now: datetime,
        *,
        cause: str | None,
        told: bool = False,
    ) -> VipStart:
        """Time was bought or given. cause: what the next step is told for, None where the caller shows it.

        told: a message about the cause shows the first stage.

        The subscription is saved already. Who has live access renews; anybody else begins the ritual.
        """
        channel = await uow.vip.channel()
        if channel is None:
            alarm = ChannelNotConfigured(subscription=subscription.id)
            uow.record(alarm.raised(f"no_channel:{subscription.id}", now))
            uow.record(VipChannelMissed(customer.id))
            return VipStart.NOWHERE
        known = await uow.accesses.of(customer.id, channel.id, lock=True)
        start = VipStart.RENEWED if known is not None and known.status not in OUT else VipStart.NEW
        access = await self._open(uow, known, customer.id, channel, now)
        entry = await self._enter(uow, customer, start, now)
        if access.status is not AccessStatus.ACTIVE and cause is not None:
            uow.record(VipEntryBegun(customer.id, entry.vip_entry_stage, cause, told))
        elif access.status is not AccessStatus.ACTIVE:
            await self.see_to_link(uow, customer.id, now)
        return start

    async def admit(self, uow: UnitOfWork, customer: Customer, subscription: Subscription, now: datetime) -> bool:
        """What `activate` would have done, had there been a channel. False: it is done, or there still is none.

        A plan that rests gives its customer a right that rests: whatever lets it go on lets them in.
        """
        channel = await uow.vip.channel()
        if channel is None or await uow.accesses.of(customer.id, channel.id, lock=True) is not None:
            return False
        if not subscription.rests:
            await self.activate(uow, subscription, customer, now, cause=f"channel:{channel.id}")
            return True
        access = await self._open(uow, None, customer.id, channel, now)
        # Nobody has to be put out of where they never were.
        access.apply(AccessEvent.SUSPENDED)
        await uow.accesses.save(access)
        await self._enter(uow, customer, VipStart.NEW, now)
        return True

    async def settle(self, uow: UnitOfWork, customer_id: CustomerId, now: datetime) -> None:
        """A plan rests, goes on, or ended: whoever has another one that runs stays. The subscription is saved."""
        await self.settle_all(uow, [customer_id], now)

    async def settle_all(self, uow: UnitOfWork, customers: Sequence[CustomerId], now: datetime) -> None:
        """The same for many customers in a few statements."""
        channel = await uow.vip.channel()
        accesses = await uow.vip.accesses(channel.id, customers) if channel is not None else ()
        entries = {entry.customer_id: entry for entry in await uow.vip_entries.of_all(customers)}
        before = {entry.customer_id: replace(entry) for entry in entries.values()}
        live: dict[CustomerId, list[Subscription]] = {}
        # Only now, under the locks: what another unit of work ended meanwhile must be seen.
        for subscription in await uow.vip.live_subscriptions_of_all(customers):
            live.setdefault(subscription.customer_id, []).append(subscription)
        for access in accesses:
            self._settle(uow, access, entries.get(access.customer_id), live.get(access.customer_id, []), now)
        await uow.vip.save_accesses(accesses)
        await uow.vip_entries.save_all([entry for entry in entries.values() if entry != before[entry.customer_id]])

    def _settle(
        self, uow: UnitOfWork, access: Access, entry: VipEntry | None, live: Sequence[Subscription], now: datetime
    ) -> None:
        access.ends_at = access_policy.ends_at(live)
        if any(not item.rests for item in live):
            self._go_on(uow, access, entry, live, now)
        elif live:
            access.suspend(shared=True)
        else:
            access.end(shared=True)
            cancel(entry)

    async def see_to_link(self, uow: UnitOfWork, customer_id: CustomerId, now: datetime) -> None:
        """A link that whoever shows it did not get made is made and sent by itself a little later."""
        later = now + self._policy.link_patience
        await uow.enqueue(jobs.TendVipEntry(customer_id=customer_id).later(later, f"vip_link:{customer_id}"))

    async def _open(
        self, uow: UnitOfWork, known: Access | None, customer_id: CustomerId, channel: Channel, now: datetime
    ) -> Access:
        access = known or Access.request(customer_id, channel.id, now)
        if known is not None:
            access.grant()
        access.ends_at = access_policy.ends_at(await uow.vip.live_subscriptions(customer_id))
        await uow.accesses.save(access)
        return access

    async def _enter(self, uow: UnitOfWork, customer: Customer, start: VipStart, now: datetime) -> VipEntry:
        known = await uow.vip_entries.of(customer.id, lock=True)
        entry = known or VipEntry(customer_id=customer.id, vip_entry_stage=None, created_at=now)
        if start is VipStart.RENEWED:
            if entry.under_way:
                # A link of the stage that is taken back must not lead past the ritual.
                uow.record(VipWayOutdated(customer.id, upkeep=True))
            stage = entry.renew()
            log.info(f"🔄 Suscripción VIP renovada para user {customer.telegram_id} (stage={_shown(stage)})")
        else:
            entry.begin(FIRST if self._policy.vip_ritual else None)
            shown = _shown(entry.vip_entry_stage)
            log.info(f"✅ Nueva suscripción VIP creada para user {customer.telegram_id} (stage={shown})")
        await uow.vip_entries.save(entry)
        return entry

    def _go_on(
        self, uow: UnitOfWork, access: Access, entry: VipEntry | None, live: Sequence[Subscription], now: datetime
    ) -> None:
        """Who was put out comes back by a link; who had not been inside yet, from the first stage."""
        if access.status not in OUT or not any(item.access_until and item.access_until > now for item in live):
            return
        for_good = access.status is not AccessStatus.SUSPENDED
        access.grant()
        if entry is not None and for_good and access.joined_at is None and self._policy.vip_ritual:
            entry.begin()
        stage = entry.vip_entry_stage if entry is not None else None
        uow.record(VipEntryBegun(access.customer_id, stage, f"back:{now.isoformat()}"))


def cancel(entry: VipEntry | None) -> int | None:
    """The access ended before the ritual did: nothing of it leads on. The stage it was in."""
    stage = entry.cancel() if entry is not None else None
    if entry is not None and stage is not None:
        log.info(f"🚫 VIP entry flow cancelled (was at stage {stage}, access over)", customer=str(entry.customer_id))
    return stage


def _shown(stage: int | None) -> str:
    return "NULL" if stage is None else str(stage)
