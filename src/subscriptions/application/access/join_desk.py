"""Decisions on join requests. Umbral admits only the paying customer. The rules are the same for a join request
reported by an update and for one found by a check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from subscriptions.application.access.bans import LEFT, PARDONED, lift_hold, note_ban
from subscriptions.application.access.join_rules import may_pass, note_entry, wrong_link
from subscriptions.application.access.membership import LEFT_IN_PEACE, Membership, access_of, membership_of
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import TO_REMOVE, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import ActionRequired, Permanent
from subscriptions.domain.ids import AccessId, ChannelId, ChatId, CustomerId, TelegramId
from subscriptions.domain.ports.channel_provisioner import PeerGone
from subscriptions.domain.ports.chat_membership import REFUSED, JoinRequests, Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.tracing import follow

log = structlog.get_logger(__name__)


FIRST_RETRY: Final = timedelta(seconds=10)
LAST_RETRY: Final = timedelta(minutes=30)
"""Shortest and longest delay before an approval that Telegram refused is repeated."""


class EntryRefused(AlarmKind):
    """Alarm: Telegram refuses to admit a customer who paid. `reason`: Telegram's own words."""

    name = "entry_refused"
    closes = ByCheck(alarm_causes.has_entered)
    link = AlarmLink.REPAIR
    access: AccessId
    customer: CustomerId
    channel: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """Decision on a join request.

    is_ours: False for a chat that Umbral does not manage, in which Umbral does not answer join requests
    is_customer: True if the person has or had access to the chat, although they may not join now
    """

    is_ours: bool
    admit: bool
    is_customer: bool = False


@dataclass(frozen=True)
class JoinDesk:
    """Service that decides on join requests and records entries, exits and bans."""

    units: UnitOfWorkFactory
    clock: Clock

    async def answer(self, chat: ChatId, person: TelegramId, join_requests: JoinRequests) -> Decision:
        """Approve the request of an entitled customer and decline any other. Idempotent."""
        decision = await self.decide(chat, person)
        if not decision.is_ours:
            return decision
        if not decision.admit:
            await join_requests.decline(chat, person)
            await self.turned_away(chat, person)
            return decision
        was_asked = await self._approve(chat, person, join_requests)
        if was_asked is not None and (was_asked or await join_requests.is_inside(chat, person)):
            await self.record_entry(chat, person)
        return decision

    async def admit_unreported(self, chat: ChatId, person: TelegramId, join_requests: JoinRequests) -> None:
        """Approve an entitled customer's join request for which no Telegram update arrived. Requests of other people
        stay open.
        """
        if not (await self.decide(chat, person)).admit:
            return
        if await self._approve(chat, person, join_requests):
            log.info("asked unheard", chat=chat)
            await self.record_entry(chat, person)

    async def _approve(self, chat: ChatId, person: TelegramId, join_requests: JoinRequests) -> bool | None:
        """Approve a join request. Return False if Telegram has no such request; None if the person was not admitted,
        which is recorded, so that customer and owners are notified and the approval is retried.
        """
        try:
            return await join_requests.approve(chat, person)
        except ActionRequired as need:
            await self.report_obstacle(chat, person, need.kind)
        except PeerGone:
            raise
        except Permanent as refusal:
            await self._note_refusal(chat, person, str(refusal))
        return None

    async def _note_refusal(self, chat: ChatId, person: TelegramId, reason: str) -> None:
        """Record that Telegram refused an approval for an unknown reason. For a chat without an owning account, which
        would repeat the approval, the bot repeats it after a delay that grows with the time since the first refusal.
        """
        now = self.clock.now()
        log.error("approval of a join request refused", chat=chat, reason=reason)
        await self.report_obstacle(chat, person, REFUSED)
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person)
            if channel is None or access is None:
                return
            key = f"{EntryRefused.name}:{access.id}"
            alarm = EntryRefused(access=access.id, customer=access.customer_id, channel=channel.title, reason=reason)
            uow.record(alarm.raise_event(key, now))
            if not kind_of_channel(channel).needs_account:
                known = await uow.alarms.by_key(key)
                waited = now - known.raised_at if known is not None else timedelta()
                delay = min(max(waited, FIRST_RETRY), LAST_RETRY)
                look = jobs.LookInside(channel_id=channel.id, customer_id=access.customer_id)
                await uow.enqueue(look.delayed_job(now + delay, f"refused:{access.id}"))
                # The bot may have lost its rights without an update; then the plans that open the chat are not sold.
                await uow.enqueue(jobs.CheckChat(channel_id=channel.id).keyed_job(channel.id))
            await uow.commit()

    async def decide(self, chat: ChatId, person: TelegramId) -> Decision:
        """Decide whether a person may enter a chat now. Before a person is refused because their access has ended, the
        current time is fetched again from the clock's source.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None:
                return Decision(is_ours=False, admit=False)
            access = await access_of(uow, channel, person)
            passes = await may_pass(uow, channel, access)
            is_unpaid = access is not None and passes and await _is_unpaid(uow, access, self.clock.now())
        if access is None or not passes:
            return Decision(is_ours=True, admit=False, is_customer=access is not None)
        is_ended = not is_unpaid and access.ends_at is not None and access.ends_at <= self.clock.now()
        if is_ended:
            is_ended = access.ends_at is not None and access.ends_at <= await self.clock.confirm()
        return Decision(is_ours=True, admit=not is_ended, is_customer=True)

    async def record_entry(
        self, chat: ChatId, person: TelegramId, *, is_trusted: bool = False, via: str | None = None
    ) -> None:
        """Record that a person is a member of a chat, and queue the person's removal if they are not entitled.

        is_trusted: True for a bot or a channel administrator, whom only the channel's owner can have added
        via: invite link by which the person joined; None if unknown
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None:
                return
            access = await access_of(uow, channel, person, lock=True)
            if access is not None and access.status is AccessStatus.BANNED:
                # An administrator lifted the ban in Telegram and added the customer. Any other pause still keeps the
                # customer out.
                await lift_hold(uow, channel, access, self.clock.now())
            membership = await membership_of(uow, channel, person, access)
            if await wrong_link(uow, channel, access, via, self.clock.now()) and not (
                is_trusted or membership is Membership.EXEMPT or await may_pass(uow, channel, access)
            ):
                await _show_out(uow, channel, person, access, via or "")
            elif access is not None and membership in {Membership.ENTITLED, Membership.EXEMPT}:
                await uow.resources.drop_guest(channel.id, person)
                # The customer is in the chat, so there is no ban to lift.
                await uow.resources.drop_ban(channel.id, person)
                if access.status is not AccessStatus.ACTIVE:
                    access.join(self.clock.now(), is_shared=not kind_of_channel(channel).for_one)
                    await uow.accesses.save(access)
                    await note_entry(uow, channel, access, self.clock.now())
                    follow(await _cause(uow, channel))
                    log.info("inside", access=str(access.id))
            elif membership is Membership.GUEST and not is_trusted:
                await uow.resources.note_guest(channel.id, person, self.clock.now())
            elif not is_trusted and membership not in LEFT_IN_PEACE:
                await _show_out(uow, channel, person, access)
            await uow.commit()

    async def missing_members(
        self, chat: ChatId, member_ids: frozenset[TelegramId], at: datetime
    ) -> Sequence[TelegramId]:
        """Return the customers who may have left or been banned without an update: they are recorded as members or as
        banned, but are not in the member list.

        `at`: time of the member list
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            accesses = await uow.accesses.of_channel(channel.id) if channel is not None else ()
            missing_ids = []
            for access in accesses:
                was_inside = access.status is AccessStatus.ACTIVE
                was_inside = was_inside and access.joined_at is not None and access.joined_at < at
                customer = await uow.customers.get(access.customer_id)
                if customer is None or customer.telegram_id in member_ids:
                    continue
                if was_inside or access.status is AccessStatus.BANNED:
                    missing_ids.append(customer.telegram_id)
        return missing_ids

    async def report_obstacle(self, chat: ChatId, person: TelegramId, what: str) -> None:
        """Record that the customer must do something before Telegram admits them, and notify the customer. `what`: name
        of the obstacle.

        The join request stays open, and is decided again the next time Telegram reports it.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person, lock=True)
            if access is not None and access.hinder(what):
                await uow.accesses.save(access)
                await uow.commit()

    async def record_exit(self, chat: ChatId, person: TelegramId) -> None:
        """Record that a person left a chat. The person stays entitled."""
        now = self.clock.now()
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person, lock=True)
            if access is not None and access.leave(now):
                await uow.accesses.save(access)
                await uow.audit.record(
                    actor="system", action=LEFT, subject=str(access.id), reason="went out by themselves", at=now
                )
            if channel is not None:
                await uow.resources.drop_guest(channel.id, person)
                await uow.commit()

    async def record_presence(self, chat: ChatId, person: TelegramId, presence: Presence) -> None:
        """Record a person's membership in a chat as reported by Telegram: member, not a member, or banned."""
        match presence:
            case Presence.INSIDE:
                await self.record_entry(chat, person)
            case Presence.BANNED:
                await self.record_exit_or_ban(chat, person)
            case Presence.OUTSIDE:
                await self.record_exit(chat, person)
                await self.record_pardon(chat, person)
            case _:
                assert_never(presence)

    async def record_exit_or_ban(self, chat: ChatId, person: TelegramId, by: TelegramId | None = None) -> None:
        """Record that a person was banned. A ban by Umbral belongs to a removal; a ban by an administrator puts the
        access on hold.

        `by`: Telegram id of the administrator, from the update; None if the ban was found by a status check.
        """
        now = self.clock.now()
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None:
                return
            await uow.resources.drop_guest(channel.id, person)
            access = await _access(uow, channel, person, lock=True)
            is_ours = await uow.resources.is_ban_ours(channel.id, person)
            if access is not None and not is_ours and await _banned_by_us(uow, by):
                # The update may be late, so the current state is fetched.
                look = jobs.LookInside(channel_id=channel.id, customer_id=access.customer_id)
                await uow.enqueue(look.keyed_job(f"{channel.id}:{access.customer_id}"))
            elif access is not None and not is_ours and access.ban(now):
                await uow.accesses.save(access)
                await note_ban(uow, channel, access, by, now)
                await kind_of_channel(channel).on_ban(uow, channel, access)
            await uow.commit()

    async def forget_ban(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Delete the record of Umbral's own ban of a person, after the ban was lifted."""
        async with self.units() as uow:
            await uow.resources.drop_ban(channel_id, person)
            await uow.commit()

    async def record_pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Record that an administrator's ban was lifted. An entitled customer gets a new invite link."""
        now = self.clock.now()
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person, lock=True)
            if channel is None or access is None or not await lift_hold(uow, channel, access, now):
                return
            await uow.audit.record(
                actor="system", action=PARDONED, subject=str(access.id), reason="the ban was lifted", at=now
            )
            await uow.commit()

    async def turned_away(self, chat: ChatId, person: TelegramId) -> None:
        """Record that a join request of a person without access was declined."""
        log.warning("join request of a stranger declined", chat=chat, person=person)
        async with self.units() as uow:
            await uow.audit.record(
                actor="system",
                action="join_request.declined",
                subject=str(chat),
                reason="not the person who paid",
                at=self.clock.now(),
                facts={"telegram_id": str(person)},
            )
            await uow.commit()


async def _show_out(
    uow: UnitOfWork, channel: Channel, person: TelegramId, access: Access | None, link: str = ""
) -> None:
    """Queue the removal of a person from a chat, at most one job per person at a time."""
    job: Job
    if access is not None and access.status in TO_REMOVE:
        job = jobs.RemovePerson(access_id=access.id).keyed_job(access.id)
    else:
        stranger = jobs.RemoveStranger(channel_id=channel.id, telegram_id=person, link=link)
        job = stranger.keyed_job(f"{channel.id}:{person}")
    await uow.enqueue(job)


async def _banned_by_us(uow: UnitOfWork, by: TelegramId | None) -> bool:
    """Return True if one of the installation's bots or accounts made the ban. `by`: Telegram id of the ban's author."""
    if by is None:
        return False
    if any(bot.telegram_id == by for bot in await uow.accounts.bots()):
        return True
    return any(account.telegram_id == by for account in await uow.accounts.all())


async def _cause(uow: UnitOfWork, channel: Channel) -> str | None:
    """Return the trace id of the purchase for which a personal channel was created; None if there is
    no such purchase.
    """
    subscription = await uow.subscriptions.get(channel.subscription_id) if channel.subscription_id is not None else None
    return await uow.orders.cause_of(str(subscription.order_id)) if subscription is not None else None


async def _access(uow: UnitOfWork, channel: Channel | None, person: TelegramId, *, lock: bool = False) -> Access | None:
    return await access_of(uow, channel, person, lock=lock) if channel is not None else None


async def _is_unpaid(uow: UnitOfWork, access: Access, now: datetime) -> bool:
    """Return True if a period of one of the customer's live subscriptions has begun and is not paid yet: it is being
    charged, or the charge failed and the customer is in the grace period. The access itself ends with the paid time.
    """
    subscriptions = [each for each in await uow.subscriptions.of_customer(access.customer_id) if each.live]
    return any(
        each.status is SubscriptionStatus.PAST_DUE or each.charging_until(now) is not None for each in subscriptions
    )
