"""Check that customers banned manually are not admitted until staff readmits them, and that customers who left can
return.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.look_inside import LookInside
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.access.sync_ban import SyncBan
from subscriptions.application.dto import jobs
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import RefundedMessage
from subscriptions.application.resources.staff_resources import PERIOD_END
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import BAN, STAFF, Subscription
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import AccessId, ChatId, SubscriptionId, TelegramId
from subscriptions.domain.ports.chat_membership import Presence
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.writing.ledger import LEDGER
from tests.fakes import samples
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.plan_member import charged, member_of
from tests.support.purchase import BOTS, Purchase
from tests.support.userbot import SUBSCRIPTION_BOT
from tests.support.vip import VIP_CHAT, VipShop, needs_steps

ADMIN = TelegramId(4242)
TALK_CHAT, NEWS_CHAT = ChatId(-1008), ChatId(-1009)


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of their own channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.tend(upkeep=True)
    return bought


async def ban(purchase: Purchase, by: TelegramId = ADMIN) -> None:
    """Ban the buyer as an administrator of the channel, and deliver Telegram's update about the ban.

    by: administrator who bans.
    """
    purchase.made.members.discard(purchase.buyer.telegram_id)
    purchase.made.banned.add(purchase.buyer.telegram_id)
    await purchase.userbot.desk.record_exit_or_ban(purchase.made.chat_id, purchase.buyer.telegram_id, by)


async def test_banned_payer_gets_no_link_and_is_not_admitted(purchase: Purchase) -> None:
    await ban(purchase)
    assert (await purchase.access()).status is AccessStatus.BANNED
    assert purchase.alarms() == ["payer_banned"]
    links = len(purchase.invites())
    await purchase.tend()
    decision = await purchase.userbot.desk.decide(purchase.made.chat_id, purchase.buyer.telegram_id)
    assert not decision.admit
    assert len(purchase.invites()) == links
    assert purchase.buyer.telegram_id in purchase.made.banned


async def test_ban_is_recorded_with_the_administrator(purchase: Purchase) -> None:
    await ban(purchase)
    (line,) = [line for line in purchase.memory.rows("audit_log") if line.action == "access.banned"]
    assert (line.actor, line.subject) == (str(ADMIN), str((await purchase.access()).id))
    (alarm,) = purchase.memory.jobs_named(jobs.RaiseAlarm.name)
    facts = dict(alarm.payload["facts"])
    assert (facts["customer"], facts["banned_by"]) == (str(purchase.buyer.id), str(ADMIN))


async def test_ban_reported_twice_raises_one_alarm(purchase: Purchase) -> None:
    await ban(purchase)
    await ban(purchase)
    assert purchase.alarms() == ["payer_banned"]


async def test_ban_without_an_update_is_found_by_the_member_audit(purchase: Purchase) -> None:
    purchase.pass_time(hours=2)
    purchase.made.members.discard(purchase.buyer.telegram_id)
    purchase.made.banned.add(purchase.buyer.telegram_id)
    await purchase.tend()
    owner = (await purchase.channel()).account_id
    assert owner is not None
    await purchase.userbot.audit_members(owner)
    assert (await purchase.access()).status is AccessStatus.BANNED


async def test_manually_lifted_ban_ends_the_hold_and_creates_a_link(purchase: Purchase) -> None:
    await ban(purchase)
    links = len(purchase.invites())
    purchase.made.banned.clear()
    await purchase.userbot.desk.record_pardon(purchase.made.chat_id, purchase.buyer.telegram_id)
    await purchase.tend()
    assert (await purchase.access()).status is AccessStatus.INVITED
    assert len(purchase.invites()) == links + 1


async def test_lifted_ban_creates_no_link_while_suspended_by_staff(purchase: Purchase) -> None:
    await ban(purchase)
    await _suspend(purchase)
    links = len(purchase.invites())
    purchase.made.banned.clear()
    await purchase.userbot.desk.record_pardon(purchase.made.chat_id, purchase.buyer.telegram_id)
    await purchase.tend()
    assert (await purchase.access()).status is AccessStatus.SUSPENDED
    assert len(purchase.invites()) == links
    decision = await purchase.userbot.desk.decide(purchase.made.chat_id, purchase.buyer.telegram_id)
    assert (decision.admit, decision.is_customer) == (False, True)


async def test_banned_customer_added_back_manually_is_removed_while_suspended_by_staff(purchase: Purchase) -> None:
    await ban(purchase)
    await _suspend(purchase)
    purchase.made.banned.clear()
    await purchase.join()
    assert (await purchase.access()).status is AccessStatus.SUSPENDED
    await purchase.work()
    assert purchase.buyer.telegram_id not in purchase.made.members


async def test_manual_ban_after_readmission_by_staff_pauses_billing_again(purchase: Purchase) -> None:
    await ban(purchase)
    purchase.made.banned.clear()
    marta = await Shop(purchase.units, purchase.memory).customer(staff_role=StaffRole.OWNER)
    staff = Staff(Shop(purchase.units, purchase.memory))
    await staff(marta.telegram_id, "let_in", (await purchase.access()).id, reason="a mistake")
    await purchase.tend()
    await purchase.join()
    assert purchase.memory.rows("bans_to_lift") == []
    await ban(purchase)
    assert (await purchase.access()).status is AccessStatus.BANNED


async def test_interrupted_removal_is_not_recorded_as_a_manual_ban(purchase: Purchase) -> None:
    def unban_fails(method: str, person: TelegramId) -> None:
        if method == "unban":
            raise RetryLater("Telegram is away")

    await purchase.end(suspend=True)
    purchase.chat_membership.refusal = unban_fails
    access = await purchase.access()
    with pytest.raises(RetryLater):
        await purchase.remove(access.id)
    assert purchase.buyer.telegram_id in purchase.made.banned
    purchase.chat_membership.refusal = lambda method, person: None
    await purchase.grant()
    # The update about the bot's own ban arrives now.
    await purchase.userbot.desk.record_exit_or_ban(purchase.made.chat_id, purchase.buyer.telegram_id, ADMIN)
    assert (await purchase.access()).status is AccessStatus.PENDING
    await purchase.work()
    await purchase.tend()
    assert purchase.buyer.telegram_id not in purchase.made.banned
    assert (await purchase.access()).status is AccessStatus.INVITED
    assert purchase.memory.rows("bans_to_lift") == []
    assert purchase.alarms() == []


async def test_ban_reported_as_made_by_the_bot_itself_only_queues_a_membership_check(purchase: Purchase) -> None:
    await purchase.userbot.desk.record_exit_or_ban(
        purchase.made.chat_id, purchase.buyer.telegram_id, TelegramId(BOTS[SUBSCRIPTION_BOT])
    )
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    (look,) = purchase.memory.jobs_named(jobs.LookInside.name)
    assert look.payload["customer_id"] == str(purchase.buyer.id)


async def test_manually_banned_customer_stays_banned_when_access_ends(purchase: Purchase) -> None:
    await ban(purchase)
    await purchase.end()
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert purchase.buyer.telegram_id in purchase.made.banned


async def test_customer_banned_manually_during_a_pause_gets_no_link_on_resume(purchase: Purchase) -> None:
    await purchase.end(suspend=True)
    await purchase.work()
    purchase.made.banned.add(purchase.buyer.telegram_id)
    links = len(purchase.invites())
    await purchase.grant()
    await purchase.work()
    await purchase.tend()
    assert (await purchase.access()).status is AccessStatus.BANNED
    assert len(purchase.invites()) == links
    assert purchase.alarms() == ["payer_banned"]


async def test_removal_refused_by_telegram_stores_no_ban_to_lift(purchase: Purchase) -> None:
    def refused(method: str, person: TelegramId) -> None:
        if method == "ban":
            raise Permanent("not enough rights")

    await purchase.end(suspend=True)
    purchase.chat_membership.refusal = refused
    access = await purchase.access()
    await purchase.remove(access.id)
    assert purchase.memory.rows("bans_to_lift") == []


async def test_customer_who_leaves_has_access_status_left(purchase: Purchase) -> None:
    purchase.made.members.clear()
    purchase.pass_time(hours=1)
    await purchase.userbot.desk.record_exit(purchase.made.chat_id, purchase.buyer.telegram_id)
    access = await purchase.access()
    assert (access.status, access.left_at) == (AccessStatus.LEFT, purchase.clock.now())
    links = len(purchase.invites())
    await purchase.tend()
    assert len(purchase.invites()) == links, "nobody asked for one"
    (line,) = [line for line in purchase.memory.rows("audit_log") if line.action == "access.left"]
    assert line.subject == str(access.id)
    await purchase.join()
    back = await purchase.access()
    assert (back.status, back.left_at) == (AccessStatus.ACTIVE, None)


async def test_customer_who_left_gets_a_link_on_request(shop: Shop) -> None:
    ana, plan, access_status = *(await _inside(shop)), AccessStatus.LEFT
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        locked = await uow.accesses.get(access.id, lock=True)
        assert locked is not None
        assert locked.leave(shop.clock.now())
        await uow.accesses.save(locked)
        await uow.commit()
    assert locked.status is access_status
    assert await RenewInvite(shop.units, shop.clock, shop.policy)(ana.telegram_id, plan.soft_id)
    (held,) = (await shop.holding(ana, plan)).accesses
    assert held.status is AccessStatus.PENDING


async def test_customer_who_left_gets_a_link_after_buying_the_plan_again(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        access.join(shop.clock.now())
        access.leave(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    shop.clock.advance(timedelta(days=1))
    _, session = await shop.checkout(ana, plan)
    requested = len(shop.memory.jobs_named(jobs.AssignChannel.name))
    await shop.deliver(shop.provider.pay_once(session))
    (held,) = (await shop.holding(ana, plan)).accesses
    assert held.status is AccessStatus.PENDING
    assert len(shop.memory.jobs_named(jobs.AssignChannel.name)) == requested + 1


async def test_automatic_renewal_sends_no_link_to_a_customer_who_left(shop: Shop) -> None:
    ana, plan = await _inside(shop)
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        access.leave(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    held = await shop.holding(ana, plan)
    assert [each.status for each in held.accesses] == [AccessStatus.LEFT]
    assert held.subscription.access_until == shop.clock.now() + PERIOD


@needs_steps
async def test_banned_member_of_a_shared_chat_is_readmitted_by_staff() -> None:
    vip = await VipShop.open()
    person = await vip.inside()
    vip.channel.members.discard(person.telegram_id)
    vip.channel.banned.add(person.telegram_id)
    look = LookInside(vip.shop.units, vip.chat_membership, vip.desk, vip.shop.clock)
    channel = await _vip_channel(vip)
    vip.shop.clock.advance(timedelta(hours=1))
    await look(channel.id)
    access = await vip.access_of(person)
    assert access.status is AccessStatus.BANNED
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    assert (await vip.staff(vip.owner.telegram_id, "let_in", access.id, reason="a mistake")).name == "let_in"
    await vip.work()
    assert person.telegram_id not in vip.channel.banned
    assert len(await vip.live_links(person)) == 1
    assert vip.shop.memory.rows("bans_to_lift") == []
    with pytest.raises(NothingToDo):
        await vip.staff(vip.owner.telegram_id, "let_in", access.id, reason="again")


async def test_manually_lifted_ban_in_a_shared_chat_is_found_by_the_membership_check() -> None:
    vip = await VipShop.open()
    person = await vip.inside()
    await vip.desk.record_presence(VIP_CHAT, person.telegram_id, Presence.BANNED)
    vip.channel.members.discard(person.telegram_id)
    channel = await _vip_channel(vip)
    await LookInside(vip.shop.units, vip.chat_membership, vip.desk, vip.shop.clock)(channel.id)
    assert (await vip.access_of(person)).status is AccessStatus.PENDING
    await vip.work()
    assert len(await vip.live_links(person)) == 1


async def test_customer_banned_from_every_chat_of_the_plan_is_not_charged(shop: Shop) -> None:
    ana, _ = await _inside(shop)
    access_id = await _ban(shop, ana)
    follow = SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))
    await follow(access_id, "ban")
    held = await _subscription(shop, ana)
    assert held.paused_for == {BAN}
    assert held.on_hold
    assert [job.payload["kind"] for job in shop.memory.jobs_named(jobs.Announce.name)][-1:] == ["banned"]
    end = held.access_until
    assert end is not None
    shop.clock.advance(timedelta(days=3))
    async with shop.units() as uow:
        access = await uow.accesses.get(access_id, lock=True)
        assert access is not None
        assert access.status is AccessStatus.BANNED
        assert access.pardon(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    await follow(access_id, "lifted")
    back = await _subscription(shop, ana)
    assert (back.paused_for, back.access_until) == (frozenset(), end + timedelta(days=3))


async def test_repeated_sync_of_a_ban_changes_nothing(shop: Shop) -> None:
    ana, _ = await _inside(shop)
    access_id = await _ban(shop, ana)
    follow = SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))
    await follow(access_id, "ban")
    first = await _subscription(shop, ana)
    shop.clock.advance(timedelta(days=1))
    await follow(access_id, "ban")
    assert await _subscription(shop, ana) == first


async def test_hold_of_a_banned_customer_ends_once_the_plan_opens_another_chat(shop: Shop) -> None:
    ana, plan = await _inside(shop)
    follow = SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))
    await follow(await _ban(shop, ana), "ban")
    await _add_chat(shop, "talk", ChatId(-1008))
    wider = replace(plan, opens=(*plan.opens, "talk"))
    await shop.change_plan(wider)
    open_plan = OpenPlan(shop.units, shop.clock, GrantAccess(shop.policy))
    await open_plan(jobs.OpenPlan(plan_id=plan.id, added=("talk",)))
    await _sync_holds(shop)
    held = await _subscription(shop, ana)
    assert held.paused_for == frozenset()
    async with shop.units() as uow:
        states = sorted(each.status for each in await uow.accesses.of_customer(ana.id))
    assert states == [AccessStatus.BANNED, AccessStatus.PENDING]


async def test_plan_for_a_chat_that_bans_the_buyer_is_on_hold_at_once(shop: Shop) -> None:
    await _add_chat(shop, "talk", ChatId(-1008))
    ana = await shop.customer()
    for soft_id in ("talk-month", "talk-once"):
        plan = await shop.plan(soft_id=soft_id, name=soft_id, opens=("talk",))
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(*shop.provider.pay(session))
        if soft_id == "talk-month":
            await _ban(shop, ana)
    await _sync_holds(shop)
    async with shop.units() as uow:
        bought = [each for each in await uow.subscriptions.of_customer(ana.id) if each.plan_id == plan.id]
    assert [each.paused_for for each in bought] == [{BAN}]


async def test_staff_block_and_refund_a_banned_customer_with_one_command(shop: Shop) -> None:
    ana, _ = await _inside(shop)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    access_id = await _ban(shop, ana)
    await SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))(access_id, "ban")
    outcome = await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    assert outcome.name == "refunding"
    assert not (await _subscription(shop, ana)).live
    (refund,) = shop.memory.jobs_named(jobs.RefundPayment.name)
    async with shop.units() as uow:
        customer = await uow.customers.get(ana.id)
        (payment,) = await uow.payments.of_customer(ana.id, 5)
    assert customer is not None
    assert customer.barred_at == shop.clock.now()
    assert (refund.payload["payment_id"], refund.payload["minor"]) == (str(payment.id), payment.amount.minor)


async def test_refund_of_a_banned_customer_includes_the_difference_of_a_plan_change(shop: Shop) -> None:
    member = await member_of(shop)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    await member.change("dear")
    (difference,) = charged(shop)
    await shop.deliver(difference)
    access_id = await _ban(shop, member.customer)
    await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    refunds = {
        job.payload["payment_id"]: job.payload["minor"] for job in shop.memory.jobs_named(jobs.RefundPayment.name)
    }
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 5)
    assert refunds == {str(each.id): each.amount.minor for each in payments}
    assert sorted(refunds.values()) == [1000, 2999]

    for each in payments:
        about = {"payment_key": f"re-{each.id}", "about_payment": each.payment_key, "amount_refunded": each.amount}
        await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **about))
    words = list[str]()
    for job in await shop.notified("refunded"):
        async with shop.units() as uow:
            message = await RefundedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
        assert message is not None
        words.append(message.word)
    assert words == ["ended", "ended"]


async def test_lifted_ban_from_a_chat_kept_until_the_period_end_creates_no_link_while_suspended(shop: Shop) -> None:
    ana, access_id = await _banned_beside_kept_chat(shop, TALK_CHAT)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    await Staff(shop)(marta.telegram_id, "suspend", (await _subscription(shop, ana)).id, reason="insults")
    await JoinDesk(shop.units, shop.clock).record_pardon(TALK_CHAT, ana.telegram_id)
    async with shop.units() as uow:
        access = await uow.accesses.get(access_id)
    assert access is not None
    assert access.status is AccessStatus.SUSPENDED


async def test_customer_who_keeps_another_chat_until_the_period_end_is_not_on_hold_for_a_ban(shop: Shop) -> None:
    ana, access_id = await _banned_beside_kept_chat(shop, NEWS_CHAT)
    await SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))(access_id, "ban")
    assert (await _subscription(shop, ana)).paused_for == frozenset()


async def test_block_and_refund_includes_a_subscription_that_keeps_the_chat_until_its_period_end(shop: Shop) -> None:
    ana, access_id = await _banned_beside_kept_chat(shop, TALK_CHAT)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    outcome = await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    assert outcome.name == "refunding"
    assert not (await _subscription(shop, ana)).live


async def test_refund_of_a_banned_customer_includes_periods_bought_in_advance(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    for _ in range(3):
        # The first period is over when the customer is banned.
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(shop.provider.pay_once(session))
        shop.clock.advance(timedelta(days=11))
    access_id = await _ban(shop, ana)
    await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    refunded = [job.payload["payment_id"] for job in shop.memory.jobs_named(jobs.RefundPayment.name)]
    async with shop.units() as uow:
        payments = sorted(await uow.payments.of_customer(ana.id, 5), key=lambda each: each.occurred_at)
    assert sorted(map(str, refunded)) == sorted(str(each.id) for each in payments[1:])


async def test_open_checkout_of_a_banned_customer_is_closed_with_the_refund(shop: Shop) -> None:
    ana, _ = await _inside(shop)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    access_id = await _ban(shop, ana)
    _, session = await shop.checkout(ana, await shop.plan(soft_id="other", name="Other"))
    await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    await shop.close_what_is_open()
    assert session in shop.provider.closed


async def test_staff_commands_for_banned_customers_require_a_ban(shop: Shop) -> None:
    ana, plan = await _inside(shop)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    (access,) = (await shop.holding(ana, plan)).accesses
    for name in ("let_in", "bar_and_refund"):
        with pytest.raises(NothingToDo):
            await Staff(shop)(marta.telegram_id, name, access.id, reason="none")


async def _suspend(purchase: Purchase) -> None:
    """Suspend the buyer's subscription as staff."""
    (row,) = purchase.memory.rows("subscriptions")
    async with purchase.units() as uow:
        subscription = await uow.subscriptions.get(row.id, lock=True)
        assert subscription is not None
        subscription.pause(STAFF, purchase.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    await purchase.end(suspend=True)


async def _inside(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (access,) = (await shop.holding(ana, plan)).accesses
    async with shop.units() as uow:
        locked = await uow.accesses.get(access.id, lock=True)
        assert locked is not None
        locked.join(shop.clock.now())
        await uow.accesses.save(locked)
        await uow.commit()
    return ana, plan


async def _banned_beside_kept_chat(shop: Shop, chat: ChatId) -> tuple[Customer, AccessId]:
    """Return a customer who keeps one of the plan's two chats, TALK_CHAT, until the end of the period although the plan
    no longer includes it, and the access to the chat from which the customer was banned.
    """
    await _add_chat(shop, "talk", TALK_CHAT)
    await _add_chat(shop, "news", NEWS_CHAT)
    ana, plan = await shop.customer(), await shop.plan(opens=("talk", "news"))
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await Staff(shop)(SHELL, "detach_resource", "talk", opener=plan.soft_id, ends=PERIOD_END)
    async with shop.units() as uow:
        channel = await uow.channels.by_chat_id(chat)
        assert channel is not None
        access = await uow.accesses.find(ana.id, channel.id, lock=True)
        assert access is not None
        assert access.ban(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    return ana, access.id


async def _ban(shop: Shop, customer: Customer) -> AccessId:
    async with shop.units() as uow:
        (known,) = await uow.accesses.of_customer(customer.id)
        access = await uow.accesses.get(known.id, lock=True)
        assert access is not None
        assert access.ban(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    return access.id


async def _add_chat(shop: Shop, soft_id: str, chat: ChatId) -> None:
    """Add a group that plans may open."""
    resource = Resource.add(soft_id, GROUP, soft_id.title(), EntryPolicy.REQUEST, shop.clock.now())
    async with shop.units() as uow:
        await uow.resources.add_if_new(resource)
        await uow.channels.add_if_new(Channel.for_resource(resource, chat, soft_id.title(), shop.clock.now()))
        await uow.commit()


async def _sync_holds(shop: Shop) -> None:
    """Run the jobs that pause and resume billing, as the worker does."""
    follow = SyncBan(shop.units, shop.clock, GrantAccess(shop.policy))
    for job in shop.memory.jobs_named(jobs.SyncHold.name):
        await follow.of_subscription(SubscriptionId(UUID(str(job.payload["subscription_id"]))))


async def _subscription(shop: Shop, customer: Customer) -> Subscription:
    async with shop.units() as uow:
        (subscription,) = await uow.subscriptions.of_customer(customer.id)
    return subscription


async def _vip_channel(vip: VipShop) -> Channel:
    async with vip.shop.units() as uow:
        channel = await uow.channels.by_chat_id(ChatId(VIP_CHAT))
    assert channel is not None
    return channel


async def test_customer_who_left_can_return_during_the_grace_period_of_a_failed_charge(purchase: Purchase) -> None:
    (row,) = purchase.memory.rows("subscriptions")
    async with purchase.units() as uow:
        subscription = await uow.subscriptions.get(row.id, lock=True)
        assert subscription is not None
        assert subscription.access_until is not None
        subscription.fail_payment(final=False, now=purchase.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    purchase.clock.advance(subscription.access_until - purchase.clock.now() + timedelta(days=1))
    assert (await purchase.userbot.desk.decide(purchase.made.chat_id, purchase.buyer.telegram_id)).admit


async def test_customer_who_left_can_return_while_the_renewal_is_being_charged(purchase: Purchase) -> None:
    (row,) = purchase.memory.rows("subscriptions")
    async with purchase.units() as uow:
        subscription = await uow.subscriptions.get(row.id, lock=True)
        assert subscription is not None
        assert subscription.access_until is not None
        subscription.provider, subscription.provider_ref = "acme", "sub-1"
        subscription.current_period_start = subscription.charging_since = subscription.access_until
        subscription.current_period_end = subscription.access_until + timedelta(days=30)
        await uow.subscriptions.save(subscription)
        await uow.commit()
    purchase.clock.advance(subscription.access_until - purchase.clock.now() + timedelta(days=3))
    assert (await purchase.userbot.desk.decide(purchase.made.chat_id, purchase.buyer.telegram_id)).admit


async def test_block_and_refund_names_and_refunds_the_days_that_wait(shop: Shop) -> None:
    """The customer bought days of the middle plan, which wait because the plan was changed."""
    member = await member_of(shop)
    marta = await shop.customer(first_name="Marta", staff_role=StaffRole.OWNER)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    held = await member.subscription()
    order = samples.order(member.customer, member.plans["middle"])
    paid = samples.payment(order, subscription_id=held.id)
    async with shop.units() as uow:
        await uow.orders.save(order)
        await uow.payments.add_if_new(paid)
        waits = LedgerEntry(
            subscription_id=held.id,
            kind=LedgerKind.TOKEN,
            source_key="waits",
            starts_at=shop.clock.now(),
            length=timedelta(days=30),
            payment_id=paid.id,
            plan_id=member.plans["middle"].id,
            created_at=shop.clock.now(),
        )
        await uow.write(LEDGER).add_if_new(waits)
        await uow.commit()
    access_id = await _ban(shop, member.customer)
    effect = await Staff(shop).run.preview(marta.telegram_id, "bar_and_refund", str(access_id), {"reason": "insults"})
    assert effect is not None
    assert (effect.name, effect.facts["days"], effect.facts["plans"]) == ("waiting_ends", 30, "Medio")
    await Staff(shop)(marta.telegram_id, "bar_and_refund", access_id, reason="insults")
    refunded = [job.payload["payment_id"] for job in shop.memory.jobs_named(jobs.RefundPayment.name)]
    assert str(paid.id) in refunded
