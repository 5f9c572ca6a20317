"""Removal of people from a channel: who must leave, the records of a removal, and alarms about people who stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict

import structlog

from subscriptions.application.access.join_rules import may_pass
from subscriptions.application.access.membership import Membership, access_of, membership_of
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByAge, News
from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import TO_REMOVE, Access, AccessEvent
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.events import StrangerRemoved
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

STUCK_RETRY: Final = timedelta(minutes=30)
"""Delay before the next attempt if neither the bot nor the account could remove a person."""


class InChannel(AlarmKind):
    """Base class of alarms about a person in a channel who must not be there.

    telegram_id: the customer, or the unauthorized person if the channel has no customer
    stranger: unauthorized person in a customer's channel
    """

    channel: str
    customer: CustomerId | None = None
    telegram_id: TelegramId | None = None
    stranger: TelegramId | None = None


class RemovalStuck(InChannel):
    name = "removal_stuck"
    closes = ByAge(timedelta(hours=25))
    link = AlarmLink.ACCOUNTS
    reason: str


class StrangerInChannel(InChannel):
    name = "stranger_in_channel"
    closes = News()


class AdminStays(InChannel):
    """Alarm: a person's access ended, but Umbral can't remove them because they own or administer the chat."""

    name = "admin_stays"
    closes = News()


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """Person in a channel, with their current membership.

    access_id: None for a person who never had access
    link: another customer's invite link by which the person entered a shared channel; empty otherwise
    is_ban_ours: True if Umbral banned the person in a removal that was interrupted, and must lift the ban; any other
        ban is an administrator's decision
    """

    channel: Channel
    person: TelegramId
    membership: Membership
    access_id: AccessId | None
    link: str = ""
    is_ban_ours: bool = False

    @property
    def has_to_go(self) -> bool:
        """Return True if the person must be removed."""
        return self.membership in {Membership.LEAVING, Membership.FORMER, Membership.STRANGER}

    @property
    def was_customer(self) -> bool:
        """Return True if the person was removed earlier but is reported as a member, possibly because the member list
        is older than the removal.
        """
        return self.membership is Membership.STRANGER and self.access_id is not None and not self.link


@dataclass(frozen=True)
class Removal:
    """Service that decides whether a person must leave a channel, and records the removal."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def look(self, channel_id: ChannelId, person: TelegramId, link: str = "") -> Leaver | None:
        """Return the person's current membership. Return None if the channel does not exist. Call this method
        immediately before any removal.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            if channel is None:
                return None
            access = await access_of(uow, channel, person)
            membership = await membership_of(uow, channel, person, access)
            if link and membership is not Membership.EXEMPT and not await may_pass(uow, channel, access):
                membership = Membership.STRANGER
            is_ban_ours = await uow.resources.is_ban_ours(channel.id, person)
        access_id = access.id if access is not None else None
        return Leaver(
            channel=channel,
            person=person,
            membership=membership,
            access_id=access_id,
            link=link,
            is_ban_ours=is_ban_ours,
        )

    async def begin(self, leaver: Leaver) -> None:
        """Record that Umbral is about to ban a person in order to remove them, so that the ban is known as Umbral's own
        and is lifted afterwards.
        """
        async with self.units() as uow:
            await uow.resources.note_ban(leaver.channel.id, leaver.person, self.clock.now())
            await uow.commit()

    async def forget(self, leaver: Leaver) -> None:
        """Delete the record of Umbral's own ban of a person, after the ban was lifted or Telegram refused it."""
        async with self.units() as uow:
            await uow.resources.drop_ban(leaver.channel.id, leaver.person)
            await uow.commit()

    async def record_exit(self, leaver: Leaver) -> None:
        """Record the removal of a person. If the person became entitled during the removal, readmit them."""
        async with self.units() as uow:
            channel = await uow.channels.get(leaver.channel.id, lock=True)
            access = await uow.accesses.get(leaver.access_id, lock=True) if leaver.access_id is not None else None
            if channel is None:
                return
            await uow.resources.drop_ban(channel.id, leaver.person)
            if leaver.membership is Membership.STRANGER:
                await self._stranger(uow, channel, leaver.person)
            elif access is not None and access.status in TO_REMOVE:
                await self._end(uow, channel, access)
            elif access is not None and leaver.has_to_go:
                await _readmit(uow, channel, access, self.clock.now())
            await uow.commit()

    async def spare_admin(self, leaver: Leaver) -> None:
        """Record that an administrator stays in the chat: the administrator's access as a customer ends as usual, and
        the owners are alerted.
        """
        await self.forget(leaver)
        if leaver.membership is Membership.LEAVING:
            await self.record_exit(leaver)
        alarm = AdminStays(**_whose(leaver.channel, leaver.person, mine=leaver.access_id is not None))
        async with self.units() as uow:
            uow.record(
                alarm.raise_event(f"admin_stays:{leaver.channel.id}:{leaver.person}:{self.clock.now():%Y-%m-%d}")
            )
            await uow.commit()

    async def remove_by_owner(self, leaver: Leaver, reason: str) -> None:
        """Have the userbot account that owns the channel remove the person, because the bot can't. If no account owns
        the channel, or the person entered by another customer's link, alert the owners instead.
        """
        channel = leaver.channel
        if channel.account_id is None or leaver.link:
            await self.report_stuck(leaver, reason)
            return
        log.warning("the bot cannot put somebody out", channel=str(channel.id), reason=reason)
        async with self.units() as uow:
            job = jobs.TendChannel(account_id=channel.account_id, channel_id=channel.id, put_out=leaver.person)
            await uow.enqueue(job.keyed_job(f"put_out:{channel.id}:{leaver.person}"))
            await uow.commit()

    async def report_stuck(self, leaver: Leaver, reason: str) -> None:
        """Alert the owners that neither the bot nor the account could remove a person, and schedule another attempt.

        A refusal in a deleted or replaced chat is only logged: no customer has access to it, and it may be gone.
        """
        if leaver.channel.status is ChannelStatus.DELETED:
            log.info("nobody is removed from a given-up channel", channel=str(leaver.channel.id), reason=reason)
            return
        now = self.clock.now()
        job_payload: JobPayload
        if leaver.membership is Membership.STRANGER or leaver.access_id is None:
            job_payload = jobs.RemoveStranger(channel_id=leaver.channel.id, telegram_id=leaver.person, link=leaver.link)
        else:
            job_payload = jobs.RemovePerson(access_id=leaver.access_id)
        key = f"{leaver.channel.id}:{leaver.person}"
        mine = leaver.membership is not Membership.STRANGER
        alarm = RemovalStuck(**_whose(leaver.channel, leaver.person, mine=mine), reason=reason)
        async with self.units() as uow:
            uow.record(alarm.raise_event(f"removal_stuck:{key}:{now:%Y-%m-%d}"))
            await uow.enqueue(job_payload.delayed_job(now + STUCK_RETRY, f"again:{key}"))
            await uow.commit()

    async def _end(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        now = self.clock.now()
        access.leave(now)
        is_revoked = access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
        await uow.audit.record(
            actor="system",
            action="access.revoked" if is_revoked else "access.suspended",
            subject=str(access.id),
            reason="the subscription ended" if is_revoked else "the subscription rests",
            at=now,
        )
        log.info("person out", access=str(access.id), status=str(access.status))
        await kind_of_channel(channel).on_exit(uow, channel, access, self.policy, now, is_revoked=is_revoked)

    async def _stranger(self, uow: UnitOfWork, channel: Channel, person: TelegramId) -> None:
        """Record the removal of a stranger, let the links of a personal channel expire, and notify the customer and the
        owners.
        """
        now = self.clock.now()
        await uow.audit.record(
            actor="system",
            action="stranger.removed",
            subject=str(channel.channel_id),
            reason="not the person who paid",
            at=now,
            facts={"telegram_id": str(person)},
        )
        await kind_of_channel(channel).stranger_removed(uow, channel, now)
        key = f"{channel.id}:{person}:{now:%Y-%m-%d}"
        uow.record(StrangerInChannel(**_whose(channel, person, mine=False)).raise_event(f"stranger:{key}"))
        await _notify_customer(uow, channel, person, key)
        log.warning("stranger put out", channel=str(channel.id), person=person)


async def _notify_customer(uow: UnitOfWork, channel: Channel, person: TelegramId, key: str) -> None:
    customer = await uow.customers.get(channel.customer_id) if channel.customer_id is not None else None
    if customer is None or customer.telegram_id == person:
        return
    access = await uow.accesses.find(customer.id, channel.id)
    if access is not None and access.may_enter():
        uow.record(StrangerRemoved(channel.id, customer.id, key))


async def _readmit(uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
    """Request a new invite link for a customer who regained access during the removal."""
    access.displace(now)
    await uow.accesses.save(access)
    await kind_of_channel(channel).on_return(uow, channel, access)


class _Whose(TypedDict):
    channel: str
    customer: CustomerId | None
    telegram_id: TelegramId | None
    stranger: TelegramId | None


def _whose(channel: Channel, person: TelegramId, *, mine: bool) -> _Whose:
    """Return the people named in an alarm about a channel. mine: True if `person` is the channel's customer; False
    names both the customer and the unauthorized person.
    """
    if mine or channel.customer_id is None:
        return _Whose(channel=channel.title, customer=None, telegram_id=person, stranger=None)
    return _Whose(channel=channel.title, customer=channel.customer_id, telegram_id=None, stranger=person)
