"""Check that an expired checkout page is reported, can be replaced in one tap with its plan and method, and is followed
by one reminder.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.checkout.check_order import (
    BANK_DECIDES,
    NEXT_LOOK,
    SLOW_LOOK,
    CheckOrder,
    PaymentCheck,
    VerifyPayments,
)
from subscriptions.application.checkout.pay_messages import FindLapsed, RememberPayMessage
from subscriptions.application.checkout.purchase_terms import PaidAlready
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.nudge_messages import AbandonedMessage, NotJoinedMessage
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.payment_gateway import CheckoutState, GatewayUnavailable, PaymentEventKind
from tests.fakes.announcements import announcement
from tests.fakes.shop import Shop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPEN = CheckoutState(paid=False, expired=False, event=None)


async def opened(shop: Shop, message: int = 7) -> tuple[Customer, ServicePlan, CheckoutView, str]:
    """Open a checkout, with a chat message that links to it."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await RememberPayMessage(shop.units)(ana.telegram_id, view, message)
    return ana, plan, view, session


def find(shop: Shop) -> FindLapsed:
    return FindLapsed(shop.units, shop.clock)


async def nudge(shop: Shop, view: CheckoutView, *, wanted: bool = True) -> AbandonedMessage | None:
    async with shop.units() as uow:
        policy = replace(shop.policy, nudge_abandoned=wanted)
        return await AbandonedMessage.load(Sources(uow, policy, shop.clock.now()), view.order_id)


async def statuses(shop: Shop, view: CheckoutView) -> list[AttemptStatus]:
    async with shop.units() as uow:
        return [attempt.status for attempt in await uow.orders.attempts(view.order_id)]


async def test_checkout_page_closed_at_the_provider_is_replaced_at_the_next_press(shop: Shop):
    ana, plan, first, session = await opened(shop)
    shop.provider.closed.append(session)
    again = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    assert again.url != first.url
    assert (again.is_reused, again.reference, again.provider) == (False, first.reference, first.provider)
    assert await statuses(shop, first) == [AttemptStatus.CLOSED, AttemptStatus.OPEN]
    assert [job["order_id"] for job in await shop.jobs("bot.retire_pages")] == [str(first.order_id)]


@pytest.mark.parametrize(
    ("state", "reused"),
    [(OPEN, True), (replace(OPEN, unsure=True), False), (None, False)],
    ids=["open", "status not reported", "unknown to the provider"],
)
async def test_only_a_checkout_page_known_to_be_open_is_reused(shop: Shop, state: CheckoutState | None, reused: bool):
    ana, plan, _, session = await opened(shop)
    shop.provider.says[session] = state
    assert (await shop.start(ana.telegram_id, plan.soft_id)).is_reused is reused


async def test_open_checkout_page_is_reused_while_its_provider_is_unavailable(shop: Shop):
    ana, plan, first, _ = await opened(shop)
    shop.provider.errors.append(GatewayUnavailable("acme", "timeout"))
    assert (await shop.start(ana.telegram_id, plan.soft_id)).url == first.url


async def test_paid_order_opens_no_checkout_page(shop: Shop):
    ana, plan, first, session = await opened(shop)
    shop.provider.pay(session)
    with pytest.raises(PaidAlready):
        await shop.start(ana.telegram_id, plan.soft_id)
    assert await statuses(shop, first) == [AttemptStatus.OPEN]


async def test_order_stays_open_while_the_bank_decides_about_its_payment(shop: Shop):
    ana, plan, view, session = await opened(shop)
    shop.provider.says[session] = replace(OPEN, pending=True)
    check = CheckOrder(shop.units, shop.gateways, shop.clock)
    for _ in range(12):
        assert await check.look(view.order_id) is PaymentCheck.PENDING
        shop.clock.advance(HOUR)
        await shop.run_due()
    assert await nudge(shop, view) is None
    with pytest.raises(PaidAlready):
        await shop.start(ana.telegram_id, plan.soft_id)

    shop.clock.advance(BANK_DECIDES)
    assert await check.look(view.order_id) is PaymentCheck.PENDING
    await shop.run_due()
    assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED


async def test_pending_payment_is_polled_each_hour_after_the_first_hour(shop: Shop):
    _, _, view, session = await opened(shop)
    shop.provider.says[session] = replace(OPEN, pending=True)
    check = CheckOrder(shop.units, shop.gateways, shop.clock)
    for passed, wait in ((MINUTE, NEXT_LOOK), (HOUR, SLOW_LOOK)):
        shop.clock.advance(passed)
        await check.look(view.order_id)
        assert shop.memory.jobs_named("core.check_order")[-1].not_before == shop.clock.now() + wait


async def test_payment_check_closes_checkouts_that_can_no_longer_be_paid(shop: Shop):
    ana, _, first, session = await opened(shop)
    shop.provider.closed.append(session)
    verify = VerifyPayments(shop.units, CheckOrder(shop.units, shop.gateways, shop.clock))
    assert await verify(ana.telegram_id) is PaymentCheck.NOTHING
    assert await statuses(shop, first) == [AttemptStatus.CLOSED]
    (order,) = (await shop.status(ana.telegram_id)).open_orders
    assert (order.url, order.provider) == (None, "acme")


async def test_expired_order_is_found_with_its_plan_and_method(shop: Shop):
    ana, plan, first, session = await opened(shop)
    assert await find(shop)(first.order_id) is None, "it is open"
    assert await find(shop).find_last(ana.telegram_id, plan.soft_id) is None
    await shop.deliver(shop.provider.create_event(PaymentEventKind.CHECKOUT_EXPIRED, "expired", checkout_ref=session))
    assert (await shop.order(first.reference)).status is OrderStatus.EXPIRED
    shown = await find(shop)(first.order_id)
    asked = await find(shop).find_last(ana.telegram_id, plan.soft_id)
    assert shown is not None
    assert asked is not None
    assert (shown.message_ids, shown.soft_id, shown.provider) == ((7,), plan.soft_id, "acme")
    assert (asked.order_id, asked.provider, asked.price) == (first.order_id, "acme", plan.price)


async def test_message_that_already_shows_the_new_checkout_page_is_not_marked_as_expired(shop: Shop):
    ana, plan, first, session = await opened(shop)
    shop.provider.closed.append(session)
    again = await shop.start(ana.telegram_id, plan.soft_id)
    await RememberPayMessage(shop.units)(ana.telegram_id, again, 7)
    assert await find(shop)(first.order_id) is None


async def test_unreported_payment_is_found_after_the_order_expired(shop: Shop):
    ana, plan, _, session = await opened(shop)
    shop.provider.pay(session)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    lapsed = await find(shop).find_last(ana.telegram_id, plan.soft_id)
    assert lapsed is not None
    verify = VerifyPayments(shop.units, CheckOrder(shop.units, shop.gateways, shop.clock))
    assert await verify(ana.telegram_id) is PaymentCheck.NOTHING, "only what is open is asked about by itself"
    assert await verify(ana.telegram_id, lapsed.order_id) is PaymentCheck.FOUND


async def test_abandoned_checkout_is_followed_by_one_reminder(shop: Shop):
    _, plan, view, _ = await opened(shop)
    assert await nudge(shop, view) is None, "there is time"
    shop.clock.advance(40 * MINUTE)
    for _ in range(2):
        await shop.run_due()
    assert [job["key"] for job in await shop.notified("abandoned")] == [str(view.order_id)]
    said = await nudge(shop, view)
    assert said is not None
    assert (said.soft_id, said.provider, said.amount) == (plan.soft_id, "acme", plan.price)
    assert await nudge(shop, view, wanted=False) is None


async def test_no_reminder_is_sent_after_a_failure_message(shop: Shop):
    ana, _, view, _ = await opened(shop)
    shop.clock.advance(40 * MINUTE)
    for _ in range(2):
        await shop.run_due()
    said = announcement(MessageKind.CHECKOUT_FAILED)
    owed = Notification.owe(said, f"{view.order_id}:1", ana.telegram_id, "es", shop.clock.now(), view.order_id)
    owed.message_id, owed.sent_at = 8, shop.clock.now()
    async with shop.units() as uow:
        await uow.notifications.add_if_new(owed)
        await uow.commit()
    assert await nudge(shop, view) is None


async def test_previewed_checkout_causes_no_reminder(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view = await shop.start(ana.telegram_id, plan.soft_id, is_preview=True)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    assert await nudge(shop, view) is None


async def test_previewed_checkout_is_marked_as_not_requested(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view = await shop.start(ana.telegram_id, plan.soft_id, is_preview=True)
    remember = RememberPayMessage(shop.units)
    await remember(ana.telegram_id, view, 7)
    [order] = (await ShowStatus(shop.units, shop.clock, shop.policy)(ana.telegram_id)).open_orders
    assert not order.is_asked
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    found = await find(shop)(view.order_id)
    assert found is not None
    assert (found.is_asked, found.message_ids) == (False, (7,))


async def test_message_replaced_by_other_content_is_no_longer_linked_to_the_checkout_page(shop: Shop):
    ana, _, view, _ = await opened(shop, message=7)
    remember = RememberPayMessage(shop.units)
    await remember.nothing(ana.telegram_id, 8)
    async with shop.units() as uow:
        assert [item.message_id for item in await uow.orders.attempts(view.order_id)] == [7]
    await remember.nothing(ana.telegram_id, 7)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    assert await find(shop)(view.order_id) is None


async def test_message_of_an_expired_purchase_that_was_replaced_is_not_updated_with_the_next_purchase(shop: Shop):
    ana, plan, _, _ = await opened(shop, message=7)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    await RememberPayMessage(shop.units).nothing(ana.telegram_id, 7)
    again = await shop.start(ana.telegram_id, plan.soft_id)
    await RememberPayMessage(shop.units)(ana.telegram_id, again, 9)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    found = await find(shop)(again.order_id)
    assert found is not None
    assert found.message_ids == (9,)


async def test_second_message_about_a_checkout_page_returns_the_id_of_the_first_message(shop: Shop):
    ana, _, view, _ = await opened(shop, message=7)
    remember = RememberPayMessage(shop.units)
    assert await remember(ana.telegram_id, view, 7) is None
    assert await remember(ana.telegram_id, view, 9) == 7
    assert await remember(ana.telegram_id, view, 9) is None


async def test_checkout_requested_after_its_preview_causes_a_reminder(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view = await shop.start(ana.telegram_id, plan.soft_id, is_preview=True)
    assert (await shop.start(ana.telegram_id, plan.soft_id)).url == view.url
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    assert await nudge(shop, view) is not None


async def test_customer_who_opened_a_new_checkout_gets_no_reminder_of_the_abandoned_checkout(shop: Shop):
    ana, plan, view, _ = await opened(shop)
    shop.clock.advance(40 * MINUTE)
    await shop.run_due()
    _, session = await shop.checkout(ana, plan)
    assert await nudge(shop, view) is None, "they are about to pay"
    await shop.deliver(*shop.provider.pay(session))
    assert await nudge(shop, view) is None


def looks_at(shop: Shop) -> list[Job]:
    """Return the scheduled jobs that check whether the payer has joined."""
    return [job for job in shop.memory.jobs if job.payload.get("kind") == MessageKind.NOT_JOINED]


async def test_payer_who_did_not_join_is_reminded_once(shop: Shop):
    ana, plan, view, session = await opened(shop)
    paid_at = shop.clock.now()
    await shop.deliver(*shop.provider.pay(session))
    looks = looks_at(shop)
    assert [job.not_before for job in looks] == [paid_at + HOUR * wait for wait in (1, 12)]
    assert {job.payload["key"] for job in looks} == {str(view.order_id)}, "so that it is said once"
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    assert looks_at(shop) == looks
    access = (await shop.holding(ana, plan)).accesses[0]

    async def said(status: AccessStatus, *, wanted: bool = True) -> str | None:
        async with shop.units() as uow:
            await uow.accesses.save(replace(access, status=status))
            policy = replace(shop.policy, nudge_not_joined=wanted)
            found = await NotJoinedMessage.load(Sources(uow, policy, shop.clock.now()), view.order_id)
        assert found is None or found.reference == view.reference
        return found.plan_name if found is not None else None

    assert await said(AccessStatus.INVITED) == plan.name
    assert await said(AccessStatus.INVITED, wanted=False) is None
    for status in set(AccessStatus) - {AccessStatus.INVITED}:
        assert await said(status) is None
