"""Plans that open a channel, a group and content, some of which other plans open too: access from the payment to the
last removal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, TypeVar
from uuid import UUID

import pytest

from subscriptions.application.access.ask_content import AskContent
from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.channels.watch_bot_rights import WatchBotRights
from subscriptions.application.messages.announce import Announce
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import InviteReady, JoinedMessage
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage
from subscriptions.application.messages.subscription_messages import ExpiredMessage
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel, InviteStatus
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import Message, MessageKind, Notification
from subscriptions.domain.entities.resource import CONTENT, GROUP, SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import AccountId, ChatId, CustomerId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.invite_maker import MadeLink
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.fakes.shop import POLICY, Shop
from tests.fakes.telegram import MemoryNotifier
from tests.lives.town import Fate, Killed, Mortal
from tests.support.userbot import SUBSCRIPTION_BOT, introduce
from tests.support.vip import VipShop, needs_steps

CHATS = {
    "news": (SHARED_CHANNEL, ChatId(-1009)),
    "talk": (GROUP, ChatId(-1008)),
    "tips": (SHARED_CHANNEL, ChatId(-1007)),
}
PRICE = Money(2500, "EUR")
BOT = TelegramId(100)
T = TypeVar("T")
RIGHTS = ["can_invite_users", "can_restrict_members"]


class Bundles:
    """A shop with three shared chats at Telegram and one content resource."""

    def __init__(self, vip: VipShop) -> None:
        self.vip, self.shop = vip, vip.shop

    async def begin(self) -> None:
        now = self.shop.clock.now()
        await introduce(self.shop.units, {SUBSCRIPTION_BOT: BOT})
        async with self.shop.units() as uow:
            for name, (kind, chat) in CHATS.items():
                resource = Resource.add(name, kind, name.title(), EntryPolicy.REQUEST, now)
                assert await uow.resources.add_if_new(resource)
                assert await uow.channels.add_if_new(Channel.for_resource(resource, chat, name.title(), now))
                self.vip.telegram.channels.append(MadeChannel(chat, AccountId(0), name.title(), "", now))
            guide = Resource.add("guide", CONTENT, "Guide", EntryPolicy.DIRECT, now)
            assert await uow.resources.add_if_new(guide)
            await uow.resources.save_content(Content.parse(guide.id, "https://umbral.example/guide"))
            await uow.commit()

    async def plan(self, name: str, *opens: str) -> ServicePlan:
        once = {"recurring": False, "interval": None, "duration_days": 30, "price": PRICE}
        return await self.shop.plan(name=name.title(), soft_id=name, opens=opens, **once)

    async def buys(self, customer: Customer, plan: ServicePlan) -> PaymentEvent:
        """Pay for the plan and run the jobs that follow."""
        _, session = await self.shop.checkout(customer, plan)
        paid = self.shop.provider.pay_once(session)
        await self.shop.deliver(paid)
        await self.vip.work()
        return paid

    async def gives_back(self, paid: PaymentEvent) -> None:
        back = {"payment_key": f"re-{paid.payment_key}", "about_payment": paid.payment_key}
        whole = {"amount": PRICE, "amount_refunded": PRICE}
        await self.shop.deliver(self.shop.provider.create_event(PaymentEventKind.REFUND, "money.back", **back, **whole))
        await self.vip.work()

    async def asks(self, customer: Customer, plan: ServicePlan) -> None:
        """Request to join each chat of the plan to which the customer has a live link, and run the jobs that follow."""
        async with self.shop.units() as uow:
            channels = [
                channel for channel, _ in await chats_with_access(uow, customer.id, plan) if channel is not None
            ]
        for channel in channels:
            assert channel.channel_id is not None
            async with self.shop.units() as uow:
                links = await uow.of(VIP_KEY).live_invites(channel.id, customer.id)
            if links:
                self.vip.telegram.channel(channel.channel_id).waiting.add(customer.telegram_id)
                await self.vip.desk.answer(channel.channel_id, customer.telegram_id, self.vip.chat_membership)
        await self.vip.work()

    async def makes_channel(self, customer: Customer, plan: ServicePlan) -> None:
        """Create the customer's own channel with an invite link, as a userbot account does shortly afterwards."""
        self.shop.clock.advance(timedelta(seconds=1))
        now = self.shop.clock.now()
        async with self.shop.units() as uow:
            channel = await uow.channels.personal_of(customer.id, plan.id)
            assert channel is not None
            access = await uow.accesses.find(customer.id, channel.id, lock=True)
            assert access is not None
            link = samples.invite(channel, url="https://t.me/+own", created_at=now, expires_at=now + timedelta(days=1))
            await uow.channels.add_invite(link)
            access.invite(link.id)
            await uow.accesses.save(access)
            await uow.commit()

    async def said(self) -> list[tuple[Notification, Message]]:
        """Return every due notification with its message, each once."""
        notifier = MemoryNotifier()
        announce = Announce(self.shop.units, notifier, self.shop.clock, self.shop.policy, self.shop.gateways)
        for job in await self.shop.jobs("bot.announce"):
            await announce(job["kind"], CustomerId(UUID(job["customer_id"])), UUID(job["subject"]), job["key"])
        return list(zip(notifier.sent, notifier.said, strict=True))

    def inside(self, customer: Customer) -> set[str]:
        made = self.vip.telegram
        return {name for name, (_, chat) in CHATS.items() if customer.telegram_id in made.channel(chat).members}

    async def may_read(self, customer: Customer) -> bool:
        ask = AskContent(self.shop.units, self.shop.clock, self.shop.policy)
        return await ask(customer.telegram_id, "guide", "press")


@pytest.mark.parametrize(
    ("opens", "vip"), [(("talk",), False), (("vip",), True), (("talk", "vip"), True), (("personal", "vip"), True)]
)
async def test_only_the_vip_channel_makes_a_customer_vip(opens: tuple[str, ...], vip: bool) -> None:
    """The rule applies to every legacy spelling of `opens`, and to grandfathered entitlements until the period ends."""
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    ana, plan = await bundles.shop.customer(), await bundles.plan("some", *opens)
    await bundles.buys(ana, plan)

    async def explained() -> bool:
        (explanation,) = await ExplainAccess(bundles.shop.units, bundles.shop.policy)(ana.telegram_id)
        return explanation.vip

    assert await explained() is vip
    async with bundles.shop.units() as uow:
        kept = await uow.resources.by_soft_id(opens[-1])
        assert kept is not None
        await uow.resources.keep(kept.id, plan.id)
        await uow.plans.save(replace(plan, opens=("news",)))
        await uow.commit()
    assert await explained() is vip
    async with bundles.shop.units() as uow:
        await uow.resources.drop_kept(kept.id, plan_id=plan.id)
        await uow.commit()
    assert await explained() is False


async def test_no_expiry_message_is_sent_while_another_plan_opens_the_same_chats() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    ana = await bundles.shop.customer()
    chatter, more = await bundles.plan("chat", "talk"), await bundles.plan("more", "talk", "news")
    await bundles.buys(ana, chatter)
    bundles.shop.clock.advance(timedelta(days=1))
    await bundles.buys(ana, more)

    async def notified(plan: ServicePlan) -> bool:
        async with bundles.shop.units() as uow:
            subscription = await uow.subscriptions.live_for(ana.id, plan.id)
            assert subscription is not None
            sources = Sources(uow, bundles.shop.policy, bundles.shop.clock.now())
            return await ExpiredMessage.load(sources, subscription.id) is not None

    assert not await notified(chatter), "the other plan opens the same group for longer"
    assert await notified(more), "the channel ends with it"


@pytest.mark.parametrize("earlier", [timedelta(days=1), timedelta()])
async def test_expiry_message_is_sent_if_another_plan_of_the_same_chats_ends_no_later(earlier: timedelta) -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    ana = await bundles.shop.customer()
    other, plan = await bundles.plan("other", "talk"), await bundles.plan("chat", "talk")
    await bundles.buys(ana, other)
    bundles.shop.clock.advance(earlier)
    await bundles.buys(ana, plan)
    async with bundles.shop.units() as uow:
        subscription = await uow.subscriptions.live_for(ana.id, plan.id)
        assert subscription is not None
        sources = Sources(uow, bundles.shop.policy, bundles.shop.clock.now())
        assert await ExpiredMessage.load(sources, subscription.id) is not None


class AllAtOnce(MemoryInviteMaker):
    """Invite maker that creates no link until a link was requested for each chat.

    A purchase that requests the links one after the other therefore fails.
    """

    def __init__(self, telegram: MemoryTelegram) -> None:
        super().__init__(telegram)
        self._barrier = asyncio.Barrier(len(CHATS))

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        await asyncio.wait_for(self._barrier.wait(), 5)
        return await super().make(chat, name, expires_at, by_request=by_request)


async def test_links_to_several_chats_are_created_concurrently() -> None:
    def around(calls: object) -> object:
        return AllAtOnce(calls.telegram) if isinstance(calls, MemoryInviteMaker) else calls

    bundles = Bundles(await VipShop.open(around=around))
    await bundles.begin()
    ana, plan = await bundles.shop.customer(), await bundles.plan("all", *CHATS)
    await bundles.buys(ana, plan)
    assert len(await bundles.shop.notified(MessageKind.INVITE_READY)) == 1
    await bundles.asks(ana, plan)
    assert bundles.inside(ana) == set(CHATS)
    looks = [
        method
        for method, person in bundles.vip.chat_membership.calls
        if person == ana.telegram_id and method != "approve"
    ]
    assert looks == ["look"] * len(CHATS), "one call before each link, for whoever was never banned"


async def test_purchase_opens_three_resources_and_refund_closes_those_without_another_plan() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    everything, chatter = await bundles.plan("all", "news", "talk", "guide"), await bundles.plan("chat", "talk")
    ana = await bundles.shop.customer()
    paid, _ = await bundles.buys(ana, everything), await bundles.asks(ana, everything)
    assert (bundles.inside(ana), await bundles.may_read(ana)) == ({"news", "talk"}, True)
    assert len(await bundles.shop.notified(MessageKind.INVITE_READY)) == 1, "both links are one message"

    other = await bundles.buys(ana, chatter)
    await bundles.gives_back(paid)
    assert (bundles.inside(ana), await bundles.may_read(ana)) == ({"talk"}, False)
    await bundles.gives_back(other)
    assert bundles.inside(ana) == set()
    for _, chat in CHATS.values():
        assert not bundles.vip.telegram.live_links(bundles.vip.telegram.channel(chat))


@needs_steps
async def test_links_that_are_ready_are_sent_in_one_message_apart_from_the_vip_entry_steps() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    plan = await bundles.plan("all", "personal", "news", "talk", "vip")
    ana = await bundles.shop.customer()
    await bundles.buys(ana, plan)
    await bundles.makes_channel(ana, plan)
    said = await bundles.said()
    assert [message.stage for _, message in said if isinstance(message, PaymentReceivedMessage)] == [1]
    [(chats, message)] = [(sent, message) for sent, message in said if isinstance(message, InviteReady)]
    assert [title for title, _ in message.invite_links] == ["All", "News", "Talk"]
    async with bundles.shop.units() as uow:
        own = await uow.channels.personal_of(ana.id, plan.id)
        assert own is not None
        access = await uow.accesses.find(ana.id, own.id, lock=True)
        assert access is not None
        access.join(bundles.shop.clock.now(), is_shared=False)
        await uow.accesses.save(access)
        await uow.commit()
    [joined] = [sent for sent, message in await bundles.said() if isinstance(message, JoinedMessage)]
    assert not joined.outdates(chats), "the others are still to be entered"


async def test_message_with_a_later_link_repeats_the_earlier_links() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    plan = await bundles.plan("all", "personal", "news", "talk")
    ana = await bundles.shop.customer()
    await bundles.buys(ana, plan)
    assert doors_in(await bundles.said()) == [["News", "Talk"]]
    await bundles.makes_channel(ana, plan)
    assert doors_in(await bundles.said()) == [["All", "News", "Talk"]]


def doors_in(said: list[tuple[Notification, Message]]) -> list[list[str]]:
    """Return, for each invite message, the titles of the chats that it links to."""
    return [[title for title, _ in each.invite_links] for _, each in said if isinstance(each, InviteReady)]


class Held:
    """Bot calls that a test can interrupt: the caller is killed before the call, or after it and before the response
    arrives.
    """

    def __init__(self, calls: Any, fate: Fate) -> None:
        self._calls, self._fate = calls, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._calls, name)
        return partial(self._struck, found) if iscoroutinefunction(found) else found

    async def _struck(self, call: Callable[..., Awaitable[Any]], *given: Any, **more: Any) -> Any:
        self._fate.strike(before=True)
        answer = await call(*given, **more)
        self._fate.strike(before=False)
        return answer


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Run the action again after each simulated kill, until it completes."""
    while True:
        try:
            return await act()
        except Killed:
            continue


async def struck(step: int | None, *, before: bool) -> tuple[list[Any], int]:
    """Run a purchase and its refund with one step interrupted, and return the result and the number of steps. Each
    commit and each call of the bot is a step.

    step: number of the step; None to interrupt none.
    before: True to interrupt before the step and not after it.
    """
    fate, memory = Fate(), Memory()
    shop = Shop(lambda: Mortal(memory, fate), memory=memory, clock=ManualClock(), policy=POLICY)
    bundles = Bundles(await VipShop.open(shop, around=lambda calls: Held(calls, fate)))
    await bundles.begin()
    plan, ana = await bundles.plan("all", *CHATS, "guide"), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay_once(session)
    back = {"payment_key": f"re-{paid.payment_key}", "about_payment": paid.payment_key}
    returned = shop.provider.create_event(
        PaymentEventKind.REFUND, "money.back", **back, amount=PRICE, amount_refunded=PRICE
    )
    first, second = await shop.store(paid), await shop.store(returned)
    fate.commits, fate.commit, fate.before = 0, step, before
    await again(lambda: shop.apply(first))
    await again(bundles.vip.work)
    await again(lambda: bundles.asks(ana, plan))
    inside, reads = bundles.inside(ana), await again(lambda: bundles.may_read(ana))
    accesses = [row.status for row in memory.rows("accesses")]
    notified = [
        len(await shop.notified(kind)) for kind in (MessageKind.INVITE_READY, MessageKind.CONTENT, MessageKind.JOINED)
    ]
    await again(lambda: shop.apply(second))
    await again(bundles.vip.work)
    assert fate.commit is None, "nothing was struck"
    live = [link for link in memory.rows("channel_invites") if link.status is InviteStatus.LIVE]
    gone = [row.status for row in memory.rows("accesses")]
    return [inside, reads, accesses, notified, live, gone, bundles.inside(ana)], fate.commits


async def test_bundle_purchase_and_refund_killed_at_any_step_open_and_close_each_chat_once() -> None:
    expected, steps = await struck(None, before=True)
    assert expected[:2] == [set(CHATS), True]
    assert expected[-1] == set()
    for step in range(1, steps + 1):
        for before in (True, False):
            came, _ = await struck(step, before=before)
            assert came == expected, f"killed {'before' if before else 'after'} step {step} of {steps}"


async def test_chat_without_bot_rights_raises_an_alarm_and_other_chats_keep_working() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    plan = await bundles.plan("all", "news", "talk", "tips")
    ana, eva = await bundles.shop.customer(), await bundles.shop.customer()
    paid, _ = await bundles.buys(ana, plan), await bundles.asks(ana, plan)
    assert bundles.inside(ana) == {"news", "talk", "tips"}

    watch, now = WatchBotRights(bundles.shop.units, bundles.vip.chat_membership), bundles.shop.clock.now()
    lost = CHATS["talk"][1]
    bundles.vip.chat_membership.rights[lost, BOT] = RIGHTS[:1]
    await watch(lost, BOT, RIGHTS[:1], now)
    async with bundles.shop.units() as uow:
        [alarm] = await uow.alarms.open(9)
    assert (alarm.kind, alarm.facts["channel"], alarm.facts["missing"]) == ("bot_rights_missing", "Talk", RIGHTS[1])
    bundles.vip.maker.refused.add(lost)
    await bundles.buys(eva, plan)
    await bundles.asks(eva, plan)
    assert bundles.inside(eva) == {"news", "tips"}
    await bundles.gives_back(paid)
    assert bundles.inside(ana) <= {"talk"}

    bundles.vip.maker.refused.clear()
    await watch(lost, BOT, RIGHTS, now)
    async with bundles.shop.units() as uow:
        assert "bot_rights_missing" not in [each.kind for each in await uow.alarms.open(9)]


@pytest.mark.parametrize("again", ["chat", "more"])
async def test_customer_who_left_a_chat_gets_a_link_after_buying_it_again(again: str) -> None:
    """The purchase extends the same plan, or another plan opens the chat too."""
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    ana = await bundles.shop.customer()
    plans = {"chat": await bundles.plan("chat", "talk"), "more": await bundles.plan("more", "talk", "news")}
    await bundles.buys(ana, plans["chat"])
    await bundles.asks(ana, plans["chat"])
    await bundles.said()
    await bundles.vip.leave(ana, CHATS["talk"][1])
    assert bundles.inside(ana) == set()

    bundles.shop.clock.advance(timedelta(days=1))
    await bundles.buys(ana, plans[again])
    assert doors_in(await bundles.said()) == [["Talk"] if again == "chat" else ["Talk", "News"]]
    await bundles.asks(ana, plans[again])
    assert bundles.inside(ana) == ({"talk"} if again == "chat" else {"talk", "news"})


@needs_steps
async def test_customer_who_left_a_chat_with_entry_steps_gets_a_link_after_buying_it_again() -> None:
    """The steps are not repeated. The VIP channel differs: its link is created in /estado."""
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    chat = ChatId(-1006)
    await bundles.vip.add_ritual("inner", chat)
    ana, plan = await bundles.shop.customer(), await bundles.plan("inner", "inner")
    await bundles.buys(ana, plan)
    await bundles.vip.desk.record_entry(chat, ana.telegram_id)
    await bundles.vip.leave(ana, chat)
    await bundles.vip.work()

    bundles.shop.clock.advance(timedelta(days=1))
    await bundles.buys(ana, plan)
    async with bundles.shop.units() as uow:
        ((channel, access),) = await chats_with_access(uow, ana.id, plan)
        assert channel is not None
        assert access is not None
        assert access.status is AccessStatus.INVITED
        (link,) = await uow.of(VIP_KEY).live_invites(channel.id, ana.id)
    assert link.usable(bundles.shop.clock.now())


async def test_message_about_a_second_plan_promises_no_link_to_a_member_of_its_chats() -> None:
    bundles = Bundles(await VipShop.open())
    await bundles.begin()
    ana = await bundles.shop.customer()
    chatter, other = await bundles.plan("chat", "talk"), await bundles.plan("other", "talk")
    await bundles.buys(ana, chatter)
    await bundles.asks(ana, chatter)
    bundles.shop.clock.advance(timedelta(days=1))
    await bundles.said()
    await bundles.buys(ana, other)
    said = [message for _, message in await bundles.said()]
    assert [message.word for message in said if isinstance(message, PaymentReceivedMessage)] == ["longer"]
