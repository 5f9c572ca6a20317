"""Queries of the repositories, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.repositories.inbox import StoredUpdate
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import entry, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


async def test_plans_are_listed_in_the_configured_order(units: Units) -> None:
    last, first = samples.plan(position=2), samples.plan(position=1)
    hidden = samples.plan(position=0, active=False)
    newer = samples.plan(position=1, created_at=NOON + DAY)
    async with units() as uow:
        for plan in (last, newer, first, hidden):
            await uow.plans.save(plan)
        assert await uow.plans.all() == [first, newer, last]
        assert await uow.plans.all(active_only=False) == [hidden, first, newer, last]


async def test_open_attempts_of_a_customer_and_plan_are_found(units: Units) -> None:
    def attempt(order: Order, number: int, **more: object) -> CheckoutAttempt:
        made = CheckoutAttempt(
            order_id=order.id, number=number, provider="acme", created_at=NOON, expires_at=NOON + DAY
        )
        return replace(made, **more)

    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        older = samples.order(sale.customer, sale.plan, status=OrderStatus.EXPIRED)
        await uow.orders.save(older)
        first = attempt(older, 1, status=AttemptStatus.OPEN, session_ref="s-1", created_at=NOON - DAY)
        second = attempt(sale.order, 2, status=AttemptStatus.OPEN, session_ref="s-2")
        for each in (
            second,
            first,
            attempt(sale.order, 1, status=AttemptStatus.CLOSED),
            attempt(sale.order, 3),
            attempt(other.order, 1, status=AttemptStatus.OPEN, session_ref="s-3"),
        ):
            await uow.orders.save_attempt(each)
        assert await uow.orders.open_attempts(sale.customer.id, sale.plan.id) == [first, second]


async def test_orders_of_a_customer_and_plan_are_found_by_creation_time(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        older = samples.order(sale.customer, sale.plan, status=OrderStatus.EXPIRED, created_at=NOON - DAY)
        oldest = samples.order(sale.customer, sale.plan, status=OrderStatus.EXPIRED, created_at=NOON - 2 * DAY)
        for order in (older, oldest):
            await uow.orders.save(order)
        assert await uow.orders.list_since(sale.customer.id, sale.plan.id, NOON - DAY) == [older, sale.order]
        assert await uow.orders.list_since(sale.customer.id, samples.plan().id, NOON - DAY) == []
        assert await uow.orders.open_of(sale.customer.id, lock=True) == [sale.order]
        assert await uow.orders.open_of(samples.customer().id) == []


async def test_plans_are_found_by_provider_price(units: Units) -> None:
    async with units() as uow:
        first, second, other = samples.plan(position=2), samples.plan(position=1, active=False), samples.plan()
        for plan, provider, ref in ((first, "acme", "p-1"), (second, "acme", "p-1"), (other, "beta", "p-1")):
            await uow.plans.save(plan)
            price = PlanPaymentPrice(plan_id=plan.id, provider=provider, external_price_id=ref)
            await uow.plans.save_price(price)
        assert await uow.plans.list_priced("acme", "p-1") == [second, first]
        assert await uow.plans.list_priced("acme", "p-2") == []


async def test_plan_changes_of_a_subscription_are_listed(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        before, after = (sale.plan.id, sale.plan.price), (other.plan.id, Money(4999, "EUR"))
        later = PlanChange.from_prices(sale.subscription.id, after, before, NOON + DAY)
        first = PlanChange.from_prices(sale.subscription.id, before, after, NOON)
        assert await uow.subscriptions.add_change(later)
        assert await uow.subscriptions.add_change(first)
        assert not await uow.subscriptions.add_change(PlanChange.from_prices(sale.subscription.id, after, before, NOON))
        assert await uow.subscriptions.changes_of(sale.subscription.id) == [first, later]
        assert await uow.subscriptions.changes_of(other.subscription.id) == []
        assert await uow.subscriptions.get_change(later.id) == later


async def test_checkout_messages_of_an_order_are_listed(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        for message_id in (9, 7, 9):
            await uow.orders.add_card(sale.order.id, message_id)
        await uow.orders.add_card(other.order.id, 8)
        assert await uow.orders.cards(sale.order.id) == [7, 9]


async def test_message_of_a_customer_is_forgotten_in_all_their_orders(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        for order, number, message_id in ((sale.order, 1, 7), (sale.order, 2, 9), (other.order, 1, 7)):
            await uow.orders.add_card(order.id, message_id)
            attempt = CheckoutAttempt(
                order_id=order.id,
                number=number,
                provider="acme",
                message_id=message_id,
                created_at=NOON,
                expires_at=NOON,
            )
            await uow.orders.save_attempt(attempt)
        await uow.orders.forget_message(sale.customer.id, 7)
        assert (await uow.orders.cards(sale.order.id), await uow.orders.cards(other.order.id)) == ([9], [7])
        shown = [each.message_id for each in await uow.orders.attempts(sale.order.id)]
        assert (shown, [each.message_id for each in await uow.orders.attempts(other.order.id)]) == ([None, 9], [7])


async def test_open_orders_past_their_expiry_are_listed_up_to_the_limit(units: Units) -> None:
    async with units() as uow:
        early, late, paid = [(await selling(uow)).order for _ in range(3)]
        early.expires_at, late.expires_at = NOON - DAY, NOON
        paid.status, paid.expires_at = OrderStatus.PAID, NOON - DAY
        for order in (early, late, paid):
            await uow.orders.save(order)
        assert await uow.orders.list_due(NOON - timedelta(seconds=1), 10) == [early]
        assert await uow.orders.list_due(NOON, 10) == [early, late]
        assert await uow.orders.list_due(NOON, 1) == [early]


@pytest.mark.parametrize(
    ("status", "plan_grace", "due_after"),
    [
        (SubscriptionStatus.ACTIVE, None, 0),
        (SubscriptionStatus.TRIALING, 3, 0),
        (SubscriptionStatus.CANCELED, 3, 0),
        (SubscriptionStatus.PAUSED, None, 0),
        (SubscriptionStatus.PAST_DUE, None, 5),
        (SubscriptionStatus.PAST_DUE, 3, 3),
        (SubscriptionStatus.PAST_DUE, 0, 0),
        (SubscriptionStatus.EXPIRED, None, None),
        (SubscriptionStatus.INCOMPLETE, None, None),
    ],
)
async def test_subscription_is_due_for_expiry_at_the_end_of_access_or_of_its_grace_days_if_past_due(
    units: Units, status: SubscriptionStatus, plan_grace: int | None, due_after: int | None
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.plans.save(replace(sale.plan, grace_days=plan_grace))
        sale.subscription.status, sale.subscription.access_until = status, NOON
        await uow.subscriptions.save(sale.subscription)
        if due_after is None:
            assert await uow.subscriptions.list_due(NOON + 400 * DAY) == []
            assert await uow.subscriptions.count_due(NOON + 400 * DAY) == 0
            return
        moment = NOON + due_after * DAY
        assert await uow.subscriptions.list_due(moment - timedelta(microseconds=1)) == []
        assert await uow.subscriptions.list_due(moment) == [sale.subscription]
        assert await uow.subscriptions.count_due(moment) == 1


async def test_grace_days_of_a_charge_that_is_refused_after_days_begin_with_the_refusal(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        past_due = {"status": SubscriptionStatus.PAST_DUE, "access_until": NOON, "owed_since": NOON + 6 * DAY}
        subscription = replace(sale.subscription, **past_due)
        await uow.subscriptions.save(subscription)
        moment = NOON + 11 * DAY
        for now, is_over in ((NOON + 6 * DAY, False), (moment - timedelta(microseconds=1), False), (moment, True)):
            assert await uow.subscriptions.list_due(now) == ([subscription] if is_over else [])
            assert await uow.subscriptions.unpaid(now, 10) == ([] if is_over else [subscription])


async def test_subscription_is_not_due_before_its_next_check(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.subscription.access_until, sale.subscription.next_check_at = NOON, NOON + DAY
        await uow.subscriptions.save(sale.subscription)
        assert await uow.subscriptions.list_due(NOON + DAY / 2) == []
        assert await uow.subscriptions.list_due(NOON + DAY) == [sale.subscription]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, True),
        ({"next_check_at": NOON}, True),
        ({"next_check_at": NOON + DAY}, False),
        ({"status": SubscriptionStatus.ACTIVE}, False),
        ({"provider_ref": None}, False),
        ({"access_until": NOON - 5 * DAY}, False),
        ({"access_until": NOON - 5 * DAY + timedelta(seconds=1)}, True),
    ],
)
async def test_past_due_subscriptions_in_their_grace_days_are_listed_for_a_payment_lookup(
    units: Units, changes: dict[str, object], asked: bool
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        subscription = replace(
            sale.subscription, **({"status": SubscriptionStatus.PAST_DUE, "access_until": NOON} | changes)
        )
        await uow.subscriptions.save(subscription)
        assert await uow.subscriptions.unpaid(NOON, 10) == ([subscription] if asked else [])


async def test_subscriptions_and_payments_are_listed_newest_first(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        newer = samples.subscription(sale.order, status=SubscriptionStatus.EXPIRED, created_at=NOON + DAY)
        later = samples.payment(sale.order, occurred_at=NOON + DAY)
        await uow.subscriptions.save(newer)
        assert await uow.payments.add_if_new(later)
        assert await uow.subscriptions.of_customer(sale.customer.id) == [newer, sale.subscription]
        assert await uow.subscriptions.of_order(sale.order.id) == [newer, sale.subscription]
        ref = newer.provider_ref or ""
        assert await uow.subscriptions.by_provider_ref("acme", ref, lock=True) == newer
        assert await uow.subscriptions.by_provider_ref("other", ref) is None
        assert await uow.payments.of_customer(sale.customer.id, 10) == [later, sale.payment]
        assert await uow.payments.of_customer(sale.customer.id, 1) == [later]
        assert await uow.payments.of_order(sale.order.id) == [sale.payment, later]


async def test_ledger_is_sorted_by_start_time(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        first = entry(sale.subscription.id)
        for key, days in (("late", 9), ("one", 1), ("two", 1)):
            await uow.ledger.add_if_new(replace(first, source_key=key, starts_at=NOON + days * DAY))
        found = await uow.ledger.of_subscription(sale.subscription.id)
    assert [one.source_key for one in found] == ["one", "two", "late"]


@pytest.mark.parametrize(
    ("channel", "access", "live"),
    [
        (ChannelStatus.READY, AccessStatus.ACTIVE, True),
        (ChannelStatus.READY, AccessStatus.INVITED, True),
        (ChannelStatus.READY, AccessStatus.SUSPENDED, False),
        (ChannelStatus.READY, AccessStatus.REVOKED, False),
        (ChannelStatus.CREATED, AccessStatus.PENDING, False),
        (ChannelStatus.FROZEN, AccessStatus.ACTIVE, False),
    ],
)
async def test_ready_channels_with_members_or_invited_customers_are_listed_as_recipients_of_posts(
    units: Units, channel: ChannelStatus, access: AccessStatus, live: bool
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.channel.status = channel
        await uow.channels.save(sale.channel)
        right = Access.request(sale.customer.id, sale.channel.id, NOON)
        right.status = access
        await uow.accesses.save(right)
        assert await uow.channels.live_of_plan(sale.plan.id) == ([sale.channel] if live else [])
        assert await uow.channels.live_of_plan(samples.plan().id) == []


async def test_channels_of_an_account_with_an_unused_unexpired_invite_link_are_found(units: Units) -> None:
    account = samples.account()
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        await uow.accounts.add_if_new(account)
        sale.channel.account_id = account.id
        await uow.channels.save(sale.channel)
        right = Access.request(sale.customer.id, sale.channel.id, NOON)
        invite = samples.invite(sale.channel)
        await uow.accesses.save(right)
        assert await uow.channels.known_chat_ids(account.id) == {sale.channel.channel_id}
        assert await uow.channels.awaiting_entry(account.id, NOON) == []
        await uow.channels.add_invite(invite)
        assert await uow.channels.awaiting_entry(account.id, NOON) == [sale.channel]
        assert await uow.channels.awaiting_entry(account.id, invite.expires_at) == []
        assert other.channel.id != sale.channel.id
        right.join(NOON)
        await uow.accesses.save(right)
        assert await uow.channels.awaiting_entry(account.id, NOON) == []


@pytest.mark.parametrize("status", SubscriptionStatus)
async def test_subscription_of_every_status_but_incomplete_is_checked_for_reminders(
    units: Units, status: SubscriptionStatus
) -> None:
    async with units() as uow:
        subscription = (await selling(uow)).subscription
        subscription.status, subscription.next_reminder_at = status, NOON
        await uow.subscriptions.save(subscription)
        found = [] if status is SubscriptionStatus.INCOMPLETE else [subscription]
        assert await uow.subscriptions.to_remind(NOON - timedelta(microseconds=1), 10) == []
        assert await uow.subscriptions.to_remind(NOON, 10) == found
        subscription.next_reminder_at = None
        await uow.subscriptions.save(subscription)
        assert await uow.subscriptions.to_remind(NOON - DAY, 10) == found


async def test_updates_of_a_chat_are_listed_in_order_until_finished(units: Units) -> None:
    async with units() as uow:
        updates = [
            StoredUpdate(bot_id=1, update_id=number, chat_key=chat, payload={}, received_at=NOON)
            for number, chat in ((9, 0), (3, 0), (5, 8))
        ]
        await uow.updates.add_new(updates)
        assert await uow.updates.open_in_chat(1, 0, 10) == [updates[1], updates[0]]
        assert await uow.updates.open_in_chat(1, 0, 1) == [updates[1]]
        await uow.updates.finish(1, 3, NOON)
        await uow.updates.finish(1, 5, NOON, failure="unreadable")
        assert await uow.updates.open_in_chat(1, 0, 10) == [updates[0]]
        assert await uow.updates.open_in_chat(1, 8, 10) == []


async def test_live_subscriptions_of_a_plan_are_listed_page_by_page(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        more = []
        for _ in range(3):
            customer = samples.customer()
            await uow.customers.save(customer)
            more.append(samples.given(customer, sale.plan, NOON + DAY))
            await uow.subscriptions.save(more[-1])
        more[-1].end("period_over", NOON)
        await uow.subscriptions.save(more[-1])
        ids = sorted((each.id for each in (sale.subscription, *more[:-1])), key=lambda each: each.int)
        page = await uow.subscriptions.live_of_plan(sale.plan.id, None, 2)
        rest = await uow.subscriptions.live_of_plan(sale.plan.id, page[-1].id, 2)
        assert [each.id for each in (*page, *rest)] == ids
        assert [each.id for each in await uow.subscriptions.live_of_plan(other.plan.id, None, 2)] == [
            other.subscription.id
        ]
