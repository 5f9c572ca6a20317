"""The door of a channel: only the person who paid gets in, however the request became known."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.access.door_rules import may_pass, note_entry, wrong_link
from subscriptions.application.access.membership import LEFT_IN_PEACE, Membership, access_of, membership_of
from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import TO_REMOVE, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.errors import ActionRequired
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_door import JoinDoor
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.tracing import follow

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Decision:
    """is_ours: the channel is one of ours; a request to any other is not ours to answer."""

    is_ours: bool
    admit: bool


@dataclass(frozen=True)
class JoinDesk:
    """Decides about people at the door and keeps what became of them."""

    units: UnitOfWorkFactory
    clock: Clock

    async def answer(self, chat: ChatId, person: TelegramId, door: JoinDoor) -> Decision:
        """Let in who paid, turn away anybody else. Repeating it changes nothing."""
        decision = await self.decide(chat, person)
        if not decision.is_ours:
            return decision
        if not decision.admit:
            await door.decline(chat, person)
            await self.turned_away(chat, person)
            return decision
        try:
            is_inside = await door.approve(chat, person) or await door.is_inside(chat, person)
        except ActionRequired as need:
            await self.report_obstacle(chat, person, need.kind)
            return decision
        if is_inside:
            await self.record_entry(chat, person)
        return decision

    async def let_in_unheard(self, chat: ChatId, person: TelegramId, door: JoinDoor) -> None:
        """Let in who may enter, where they asked and no update told of it; nobody else is turned away."""
        if not (await self.decide(chat, person)).admit:
            return
        try:
            was_asked = await door.approve(chat, person)
        except ActionRequired as need:
            await self.report_obstacle(chat, person, need.kind)
            return
        if was_asked:
            log.info("asked unheard", chat=chat)
            await self.record_entry(chat, person)

    async def decide(self, chat: ChatId, person: TelegramId) -> Decision:
        """Whether this person may enter this channel now. Time is asked for once more before anybody is refused."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None:
                return Decision(is_ours=False, admit=False)
            access = await access_of(uow, channel, person)
            passes = await may_pass(uow, channel, access)
        if access is None or not passes:
            return Decision(is_ours=True, admit=False)
        is_ended = access.ends_at is not None and access.ends_at <= self.clock.now()
        if is_ended:
            is_ended = access.ends_at is not None and access.ends_at <= await self.clock.confirm()
        return Decision(is_ours=True, admit=not is_ended)

    async def record_entry(
        self, chat: ChatId, person: TelegramId, *, is_trusted: bool = False, via: str | None = None
    ) -> None:
        """The person is a member now, whoever told. Who may not be is put out at once.

        is_trusted: an admin of the channel or a bot, whom only its owner can have brought in. via: the link they came
        by, where that is known.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None:
                return
            access = await access_of(uow, channel, person, lock=True)
            membership = await membership_of(uow, channel, person, access)
            if await wrong_link(uow, channel, access, via, self.clock.now()) and not (
                is_trusted or membership is Membership.EXEMPT or await may_pass(uow, channel, access)
            ):
                await _show_out(uow, channel, person, access, via or "")
            elif access is not None and membership in {Membership.ENTITLED, Membership.EXEMPT}:
                await uow.resources.drop_guest(channel.id, person)
                if access.status is not AccessStatus.ACTIVE:
                    access.join(self.clock.now(), is_shared=not kind_of_place(channel).for_one)
                    await uow.accesses.save(access)
                    await note_entry(uow, channel, access, self.clock.now())
                    follow(await _cause(uow, channel))
                    log.info("inside", access=str(access.id))
            elif membership is Membership.GUEST and not is_trusted:
                await uow.resources.note_guest(channel.id, person, self.clock.now())
            elif not is_trusted and membership not in LEFT_IN_PEACE:
                await _show_out(uow, channel, person, access)
            await uow.commit()

    async def record_members(self, chat: ChatId, member_ids: frozenset[TelegramId], at: datetime) -> None:
        """Everybody who was inside at that moment, as Telegram lists them: who is missing went out by themselves."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            accesses = await uow.accesses.of_channel(channel.id) if channel is not None else ()
            telegram_ids = []
            for access in accesses:
                if access.status is not AccessStatus.ACTIVE:
                    # Who is not inside as we know it cannot have gone out unheard.
                    continue
                customer = await uow.customers.get(access.customer_id)
                joined_at = access.joined_at
                if (
                    customer is not None
                    and customer.telegram_id not in member_ids
                    and joined_at is not None
                    and joined_at < at
                ):
                    telegram_ids.append(customer.telegram_id)
        for person in telegram_ids:
            await self.record_exit(chat, person)

    async def report_obstacle(self, chat: ChatId, person: TelegramId, what: str) -> None:
        """Telegram does not let the payer in before they do something; they are told, and their request stays.

        It is answered again when it is seen again; so is the next one.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person, lock=True)
            if access is not None and access.hinder(what):
                await uow.accesses.save(access)
                await uow.commit()

    async def record_exit(self, chat: ChatId, person: TelegramId) -> None:
        """The person went out by themselves; the right stays."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            access = await _access(uow, channel, person, lock=True)
            if access is not None and access.leave(self.clock.now()):
                await uow.accesses.save(access)
            if channel is not None:
                await uow.resources.drop_guest(channel.id, person)
                await uow.commit()

    async def turned_away(self, chat: ChatId, person: TelegramId) -> None:
        """Keep on record that a stranger tried."""
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
    """Have somebody put out who is inside; one job at a time."""
    job: Job
    if access is not None and access.status in TO_REMOVE:
        job = jobs.RemovePerson(access_id=access.id).keyed_job(access.id)
    else:
        stranger = jobs.RemoveStranger(channel_id=channel.id, telegram_id=person, link=link)
        job = stranger.keyed_job(f"{channel.id}:{person}")
    await uow.enqueue(job)


async def _cause(uow: UnitOfWork, channel: Channel) -> str | None:
    """What the purchase of a personal channel carried."""
    subscription = await uow.subscriptions.get(channel.subscription_id) if channel.subscription_id is not None else None
    return await uow.orders.cause_of(str(subscription.order_id)) if subscription is not None else None


async def _access(uow: UnitOfWork, channel: Channel | None, person: TelegramId, *, lock: bool = False) -> Access | None:
    return await access_of(uow, channel, person, lock=lock) if channel is not None else None
