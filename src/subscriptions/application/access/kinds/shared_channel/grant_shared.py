"""Update of a customer's access to a shared chat, and of its entry steps, to match the customer's live plans."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

import structlog

from subscriptions.application.access.resource_kind import Entitlement, kind_of_channel
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK, WITHOUT_RIGHT, Access, AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import FIRST_STAGE, VipEntry
from subscriptions.domain.events import SharedChatLink, VipChannelMissed, VipEntryBegun, VipLinkOutdated
from subscriptions.domain.ids import ChannelId, CustomerId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

T = TypeVar("T")

BATCH: Final = 1000
"""Maximum number of items per SQL statement, because a statement has a limited number of parameters."""


class ChannelNotConfigured(AlarmKind):
    """Alarm: a customer has access to the VIP channel, but no VIP channel is set up. `token`: the activation code used,
    masked.
    """

    name = "channel_not_configured"
    closes = ByCheck(alarm_causes.let_in)
    link = AlarmLink.CHANNEL
    subscription: SubscriptionId | None = None
    telegram_id: TelegramId | None = None
    plan: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class GrantShared:
    """Service that updates a customer's access to a shared chat to match all plans that include the chat. The caller
    commits.

    The access is locked before the plans are read, so that two plans that end at the same time are processed one after
    the other.
    """

    policy: Policy

    async def activate(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Grant access for time that was bought or granted. A live access is extended; otherwise the entry steps begin
        or an invite link is requested.
        """
        channel = await uow.resources.channel(entitlement.resource.id)
        if channel is None:
            alarm = ChannelNotConfigured(subscription=entitlement.subscription.id)
            uow.record(alarm.raise_event(f"no_channel:{entitlement.subscription.id}", entitlement.now))
            uow.record(VipChannelMissed(entitlement.customer.id))
            return
        access = await uow.accesses.find(entitlement.customer.id, channel.id, lock=True)
        await self._activate(uow, entitlement, channel, access)

    async def _activate(
        self, uow: UnitOfWork, entitlement: Entitlement, channel: Channel, known_access: Access | None
    ) -> None:
        customer, now = entitlement.customer, entitlement.now
        is_renewal = known_access is not None and known_access.status not in WITHOUT_RIGHT
        access = await self._open(uow, known_access, customer.id, entitlement.resource, channel, now)
        if entitlement.is_requested and not channel.is_vip and access.ask_back():
            # The link to the VIP channel is created only when the customer asks for it.
            await uow.accesses.save(access)
        if not entitlement.resource.has_ritual:
            if access.status in WAITS_FOR_LINK and entitlement.linked_channels is not None:
                entitlement.linked_channels.append(channel.id)
            elif access.status in WAITS_FOR_LINK:
                uow.record(VipLinkOutdated(customer.id, channel_id=channel.id))
            if access.status is AccessStatus.PENDING:
                watch = jobs.WatchAccess(access_id=access.id)
                await uow.enqueue(watch.delayed_job(now + self.policy.access_patience, access.id))
            return
        is_renewal = is_renewal or await _was_in_lost(uow, channel, customer.id, now)
        entry = await self._enter(uow, customer, channel, now, is_renewal=is_renewal)
        if access.status is AccessStatus.ACTIVE:
            return
        chat_link = link_beside_vip(channel, access)
        if chat_link is not None:
            # The caller shows the first step of the VIP channel only; any other chat has its own message.
            cause = entitlement.cause or f"{entitlement.subscription.id}:{now.isoformat()}"
            uow.record(VipEntryBegun(customer.id, entry.vip_entry_stage, cause, chat_link=chat_link))
        elif entitlement.cause is not None:
            uow.record(VipEntryBegun(customer.id, entry.vip_entry_stage, entitlement.cause, entitlement.is_told))
        else:
            await self.see_to_link(uow, customer.id, channel, now)

    async def admit(self, uow: UnitOfWork, entitlement: Entitlement) -> bool:
        """Grant access to a chat that was set up after the customer bought it, in the same way as `activate`.

        Return False if the access exists already or if no chat is set up yet. If the plan is paused, the access is
        suspended until the plan resumes.
        """
        customer = entitlement.customer
        channel = await uow.resources.channel(entitlement.resource.id)
        if channel is None or await uow.accesses.find(customer.id, channel.id, lock=True) is not None:
            return False
        if not entitlement.subscription.is_paused:
            await self._activate(uow, replace(entitlement, cause=f"channel:{channel.id}"), channel, None)
            return True
        access = await self._open(uow, None, customer.id, entitlement.resource, channel, entitlement.now)
        # The customer was never in the chat, so no removal is needed.
        access.apply(AccessEvent.SUSPENDED)
        await uow.accesses.save(access)
        if entitlement.resource.has_ritual:
            await self._enter(uow, customer, channel, entitlement.now, is_renewal=False)
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
        """Update the accesses of many customers whose plans were paused, resumed or ended.

        A customer with another active plan keeps access. The subscriptions must be saved already. The number of SQL
        statements does not depend on the number of customers. `is_over`: True to end every access regardless of the
        plans.
        """
        channel = await uow.resources.channel(resource.id)
        accesses = await uow.of(VIP_KEY).accesses(channel.id, customers) if channel is not None else ()
        of_ritual = await uow.of(VIP_ENTRIES_KEY).of_all(customers, ritual_id(resource)) if resource.has_ritual else ()
        entries = {entry.customer_id: entry for entry in of_ritual}
        vip_entries_by_customer_id = {entry.customer_id: replace(entry) for entry in entries.values()}
        live: dict[CustomerId, list[Subscription]] = {}
        # The subscriptions are read only after locking, so that changes of other units of work are visible.
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
        """Return the customers whose subscription allows access now, including the plan's grace period."""
        plans = {each: await uow.plans.get(each) for each in {item.plan_id for item in subscriptions}}
        graces = {each: access_policy.grace_of(plan, self.policy.grace) for each, plan in plans.items()}
        return {each.customer_id for each in subscriptions if access_policy.lets_in(each, graces[each.plan_id], now)}

    async def see_to_link(self, uow: UnitOfWork, customer_id: CustomerId, channel: Channel, now: datetime) -> None:
        """Schedule a job that creates and sends an invite link after a delay, in case the customer has
        no link by then.
        """
        job = jobs.TendVipEntry(customer_id=customer_id, channel_id=beside_vip(channel))
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
        self, uow: UnitOfWork, customer: Customer, channel: Channel, now: datetime, *, is_renewal: bool
    ) -> VipEntry:
        vip_entry = await entry_at(uow, channel, customer.id, lock=True)
        entry = vip_entry or VipEntry(
            customer_id=customer.id,
            resource_id=None if channel.is_vip else channel.resource_id,
            vip_entry_stage=None,
            created_at=now,
        )
        if is_renewal:
            if entry.under_way:
                # A link of the step that was reset must not bypass the entry steps.
                uow.record(VipLinkOutdated(customer.id, upkeep=True, channel_id=beside_vip(channel)))
            stage = entry.renew(FIRST_STAGE if self.policy.entry_steps else None)
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
        """Readmit a returning customer by a new invite link. A customer who never joined starts at the first entry
        step.
        """
        for_good = access.status is not AccessStatus.SUSPENDED
        access.grant(is_shared=True)
        if not resource.has_ritual:
            uow.record(VipLinkOutdated(access.customer_id, channel_id=access.channel_id))
            return
        if entry is not None and for_good and access.joined_at is None and self._first_stage(entry) is not None:
            entry.begin()
        stage = entry.vip_entry_stage if entry is not None else None
        chat_link = None if resource.is_vip else SharedChatLink(access.channel_id, access.id)
        uow.record(VipEntryBegun(access.customer_id, stage, f"back:{now.isoformat()}", chat_link=chat_link))

    def _first_stage(self, entry: VipEntry) -> int | None:
        """Return the first entry step. Return None if there are none: no feature provides them or, for the VIP channel,
        VIP_ENTRY disables them.
        """
        return FIRST_STAGE if self.policy.begins_steps(is_vip=entry.resource_id is None) else None


def _settle(access: Access, entry: VipEntry | None, live: Sequence[Subscription]) -> None:
    access.ends_at = access_policy.ends_at(live)
    if not live:
        # Access and entry end together: without access, a canceled entry must not look complete.
        access.end(is_shared=True)
        _cancel(entry)
    elif all(each.is_paused for each in live):
        access.suspend(is_shared=True)


def in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split a sequence into batches of `BATCH` items."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def beside_vip(channel: Channel) -> ChannelId | None:
    """Return a shared chat's channel id for events and jobs; None for the VIP channel, which they identify by None."""
    return None if channel.is_vip else channel.id


def link_beside_vip(channel: Channel, access: Access) -> SharedChatLink | None:
    """Return a shared chat's channel id and the access id, for events that send a message; None for the VIP channel."""
    return None if channel.is_vip else SharedChatLink(channel.id, access.id)


def ritual_id(resource: Resource) -> ResourceId | None:
    """Return the resource id that is stored in customers' entries to a resource; None for the VIP channel, whose
    entries contain no id.
    """
    return None if resource.is_vip else resource.id


async def entry_at(
    uow: UnitOfWork, channel: Channel, customer_id: CustomerId, *, lock: bool = False
) -> VipEntry | None:
    """Return the customer's entry to a chat; None if there is none."""
    if channel.is_vip:
        return await uow.of(VIP_ENTRIES_KEY).find(customer_id, lock=lock)
    if channel.resource_id is None or not kind_of_channel(channel).may_have_ritual:
        return None
    return await uow.of(VIP_ENTRIES_KEY).find(customer_id, channel.resource_id, lock=lock)


async def _was_in_lost(uow: UnitOfWork, channel: Channel, customer_id: CustomerId, now: datetime) -> bool:
    """Return True if this chat replaces a lost chat that the customer had joined, and the customer's access to the lost
    chat has time left.

    Such a customer does not have to repeat the entry steps.
    """
    access = await uow.accesses.find(customer_id, channel.replaces) if channel.replaces is not None else None
    is_running = access is not None and access.ends_at is not None and access.ends_at > now
    return is_running and access is not None and access.joined_at is not None


def _cancel(entry: VipEntry | None) -> None:
    """Cancel the unfinished entry of an access that ended."""
    stage = entry.cancel() if entry is not None else None
    if entry is not None and stage is not None:
        log.info(f"🚫 VIP entry flow cancelled (was at stage {stage}, access over)", customer=str(entry.customer_id))


def _stage_text(stage: int | None) -> str:
    return "NULL" if stage is None else str(stage)
