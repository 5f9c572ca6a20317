"""The VIP channel: one of the operator's own, named in the settings or in the panel."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.access.resource_kind import Opening
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import VipBotPutOut
from subscriptions.application.dto import vip_jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.events import ChannelMended, VipChannelReady
from subscriptions.domain.ids import ChatId, CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

AT_ONCE: Final = 200
"""How many who paid meanwhile are found by one job."""

FOLLOWED: Final = "vip_channel_of_settings"
"""The variable that keeps which VIP_CHANNEL_ID was followed last."""


class SetUp(StrEnum):
    """done: it is the VIP channel now · unchanged: it was already · unknown: the bot sees no such chat ·
    not_a_channel: a group or a person · not_admin: the bot is no admin there · rights_missing: it is, without some of
    the rights it needs · personal: it is a customer's."""

    DONE = "done"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    NOT_A_CHANNEL = "not_a_channel"
    NOT_ADMIN = "not_admin"
    RIGHTS_MISSING = "rights_missing"
    PERSONAL = "personal"


@dataclass(frozen=True, kw_only=True)
class SetUpOutcome:
    """What came of it. look: what the bot saw; `look.missing` names the rights it lacks."""

    outcome: SetUp
    look: ChannelLook | None = None
    channel: Channel | None = None

    @property
    def done(self) -> bool:
        """Whether this chat is the VIP channel."""
        return self.outcome in {SetUp.DONE, SetUp.UNCHANGED}


class SetUpChannel:
    """Looks at a chat as the bot sees it, and makes it the VIP channel. The caller has seen who may do this."""

    def __init__(self, units: UnitOfWorkFactory, maker: InviteMaker, clock: Clock) -> None:
        self._units = units
        self._maker = maker
        self._clock = clock

    async def check(self, chat: ChatId | str) -> SetUpOutcome:
        """Only look. chat: the id, or `@name`. Raises RetryLater while Telegram cannot be asked."""
        look = await self._maker.look(chat)
        if look is None:
            return SetUpOutcome(outcome=SetUp.UNKNOWN)
        if not look.is_channel:
            return SetUpOutcome(outcome=SetUp.NOT_A_CHANNEL, look=look)
        if not look.is_admin:
            return SetUpOutcome(outcome=SetUp.NOT_ADMIN, look=look)
        return SetUpOutcome(outcome=SetUp.RIGHTS_MISSING if look.missing else SetUp.UNCHANGED, look=look)

    async def __call__(self, chat: ChatId, *, actor: str, even_unfit: bool = False) -> SetUpOutcome:
        """Make it the VIP channel if the bot can do its work there. actor: who, for the audit.

        even_unfit: keep it although rights are missing, as a settings file says so. Whoever was inside another VIP
        channel gets a link to this one by /estado; the old channel's members are left as they are.
        """
        set_up_outcome = await self._look(chat, patient=even_unfit)
        if not set_up_outcome.done and not (even_unfit and set_up_outcome.outcome is not SetUp.NOT_A_CHANNEL):
            return set_up_outcome
        title = set_up_outcome.look.title if set_up_outcome.look is not None else "VIP"
        async with self._units() as uow:
            taken_channel = await uow.channels.by_chat_id(chat)
            vip = await uow.vip.channel()
            known_channel = await uow.channels.get(vip.id, lock=True) if vip is not None else None
            if taken_channel is not None and (known_channel is None or taken_channel.id != known_channel.id):
                return SetUpOutcome(outcome=SetUp.PERSONAL, look=set_up_outcome.look)
            if known_channel is not None and known_channel.channel_id == chat:
                if known_channel.title != title and set_up_outcome.look is not None:
                    known_channel.title = title
                    await uow.channels.save(known_channel)
                    await uow.commit()
                return SetUpOutcome(outcome=SetUp.UNCHANGED, look=set_up_outcome.look, channel=known_channel)
            channel = await self._keep(uow, known_channel, chat, title)
            for bot in await uow.accounts.bots():
                await keep_alarm(uow, VipBotPutOut, f"{channel.id}:{bot.telegram_id}", None, self._clock.now())
            # What was said meanwhile, where the one before was gone.
            uow.record(ChannelMended(channel.id))
            uow.record(VipChannelReady())
            await uow.audit.record(
                actor=actor,
                action="channel.set_up",
                subject=str(channel.id),
                why="the VIP channel",
                at=self._clock.now(),
                facts={"chat": str(chat), "title": title},
            )
            await uow.commit()
        log.info("vip channel set up", chat=chat)
        return SetUpOutcome(outcome=SetUp.DONE, look=set_up_outcome.look, channel=channel)

    async def _look(self, chat: ChatId, *, patient: bool) -> SetUpOutcome:
        """patient: what Telegram cannot say now is as good as unknown."""
        try:
            return await self.check(chat)
        except (RetryLater, Ambiguous) as outage:
            if not patient:
                raise
            log.warning("the VIP channel cannot be looked at now", reason=str(outage))
            return SetUpOutcome(outcome=SetUp.UNKNOWN)

    async def from_settings(self, chat: ChatId) -> None:
        """Follow the settings once: what was set up in the panel later stays until the setting changes.

        A channel the bot cannot see, or not yet, is taken at its word.
        """
        async with self._units() as uow:
            if await uow.variables.get(FOLLOWED) == str(chat):
                return
        outcome = await self(chat, actor="settings", even_unfit=True)
        if not outcome.done:
            log.error("VIP_CHANNEL_ID cannot be the VIP channel", outcome=str(outcome.outcome))
            return
        if outcome.look is None or not outcome.look.fit:
            # Looked at again with the next start; `umbral doctor` and the owner's alarms tell as well.
            log.error("the bot cannot do its work in VIP_CHANNEL_ID", look=str(outcome.look))
            return
        async with self._units() as uow:
            await uow.variables.set(FOLLOWED, str(chat))
            await uow.commit()

    async def _keep(self, uow: UnitOfWork, known_channel: Channel | None, chat: ChatId, title: str) -> Channel:
        if known_channel is None:
            resource = await uow.resources.by_soft_id(VIP)
            if resource is None:
                raise Permanent("there is no resource `vip`: run `umbral migrate`")
            channel = Channel.shared(resource, chat, title, self._clock.now())
            if not await uow.channels.add_if_new(channel):
                raise RetryLater("the VIP channel is being set up by another unit of work")
            return channel
        await self._move(uow, known_channel)
        known_channel.channel_id, known_channel.title, known_channel.account_id, known_channel.access_hash = (
            chat,
            title,
            None,
            None,
        )
        await uow.channels.save(known_channel)
        return known_channel

    async def _move(self, uow: UnitOfWork, channel: Channel) -> None:
        """Nobody is inside the new one yet, and no link leads there."""
        for invite in await uow.channels.live_invites(channel.id):
            invite.revoke(self._clock.now())
            await uow.channels.save_invite(invite)
        for access in await uow.accesses.of_channel(channel.id, lock=True):
            if access.leave(self._clock.now()):
                await uow.accesses.save(access)


class AdmitWaiting:
    """Repeating it changes nothing: who has a row for the channel waits for nothing here."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy, grant_shared: GrantShared) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._grant_shared = grant_shared

    async def __call__(self, after: CustomerId | None = None) -> None:
        """A job for each of them, so that one who cannot be let in holds up nobody. after: the last one found."""
        async with self._units() as uow:
            channel = await uow.vip.channel()
            customer_ids = await uow.vip.without_access(channel.id, after, AT_ONCE) if channel is not None else []
            for customer_id in customer_ids:
                await uow.enqueue(vip_jobs.AdmitToVip(customer_id=customer_id).once(f"admit:{customer_id}"))
            if len(customer_ids) == AT_ONCE:
                await uow.enqueue(vip_jobs.AdmitWaiting(after=customer_ids[-1]).once(f"admit:after:{customer_ids[-1]}"))
            if customer_ids:
                await uow.commit()

    async def one(self, customer_id: CustomerId) -> None:
        """They are told as anybody is who pays now."""
        now = await self._clock.confirm()
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id, lock=True)
            subscription = await self._running_subscription(uow, customer_id) if customer is not None else None
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            resource = await uow.resources.by_soft_id(VIP)
            if customer is None or subscription is None or plan is None or resource is None:
                return
            opening = Opening(
                resource=resource, subscription=subscription, customer=customer, plan=plan, policy=self._policy, now=now
            )
            if not await self._grant_shared.admit(uow, opening):
                return
            await uow.commit()
        log.info("let in, who paid while there was no VIP channel", customer=str(customer_id))

    async def _running_subscription(self, uow: UnitOfWork, customer_id: CustomerId) -> Subscription | None:
        """One of theirs that gives time now, else one that rests. All are locked: none ends unseen meanwhile."""
        now, counting = self._clock.now(), []
        for seen_subscription in await uow.vip.live_subscriptions(customer_id):
            subscription, plan = (
                await uow.subscriptions.get(seen_subscription.id, lock=True),
                await uow.plans.get(seen_subscription.plan_id),
            )
            if subscription is None or plan is None or not subscription.live:
                continue
            if subscription.rests or not access_policy.is_over(
                subscription, access_policy.grace_of(plan, self._policy.grace), now
            ):
                counting.append(subscription)
        return next((each for each in counting if not each.rests), counting[0] if counting else None)
