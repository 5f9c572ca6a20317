"""Uniqueness constraints of the repositories, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.messages.channel_messages import JoinedMessage
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.order import CheckoutAttempt, OrderStatus
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.post import PostDelivery
from subscriptions.domain.entities.subscription import LIVE, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import (
    AccessId,
    ChannelId,
    ChatId,
    CustomerId,
    DeliveryId,
    InboxId,
    NotificationId,
    OrderId,
    PaymentId,
    PostId,
    SubscriptionId,
    new_uuid,
)
from subscriptions.domain.ports.payment_facts import PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import entry, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_telegram_user_has_one_customer(units: Units) -> None:
    ana = samples.customer()
    async with units() as uow:
        assert await uow.customers.add_if_new(ana)
        assert not await uow.customers.add_if_new(replace(ana, id=CustomerId(new_uuid())))
        await uow.commit()


async def test_customer_has_one_open_order_per_plan(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        again = replace(sale.order, id=OrderId(new_uuid()))
        assert not await uow.orders.add_if_new(again)
        sale.order.status = OrderStatus.EXPIRED
        await uow.orders.save(sale.order)
        assert await uow.orders.add_if_new(again)
        assert await uow.orders.open_for(again.customer_id, again.plan_id) == again


@pytest.mark.parametrize("status", sorted(LIVE))
async def test_customer_has_one_live_subscription_per_plan(units: Units, status: SubscriptionStatus) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    with pytest.raises(RetryLater, match="one_live_subscription_per_customer_and_plan"):
        async with units() as uow:
            await uow.subscriptions.save(samples.subscription(sale.order, status=status))


@pytest.mark.parametrize("status", [SubscriptionStatus.INCOMPLETE, SubscriptionStatus.EXPIRED])
async def test_incomplete_or_expired_subscription_can_exist_beside_a_live_subscription(
    units: Units, status: SubscriptionStatus
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        other = samples.subscription(sale.order, status=status)
        await uow.subscriptions.save(other)
        await uow.commit()
        assert await uow.subscriptions.live_for(other.customer_id, other.plan_id) == sale.subscription


async def test_provider_subscription_reference_belongs_to_one_subscription(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    twin = replace(sale.subscription, id=SubscriptionId(new_uuid()), status=SubscriptionStatus.EXPIRED)
    with pytest.raises(RetryLater, match="one_subscription_per_provider_ref"):
        async with units() as uow:
            await uow.subscriptions.save(twin)


async def test_payment_is_recorded_once(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        twin = replace(sale.payment, id=PaymentId(new_uuid()))
        assert not await uow.payments.add_if_new(twin)
        assert await uow.payments.add_if_new(replace(twin, provider="other"))


async def test_ledger_entry_of_one_source_is_added_once_per_subscription(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        first = entry(sale.subscription.id)
        assert await uow.ledger.add_if_new(first)
        assert not await uow.ledger.add_if_new(first)
        assert await uow.ledger.add_if_new(replace(first, kind=LedgerKind.REFUND))
        assert len(await uow.ledger.of_subscription(sale.subscription.id)) == 2
        assert not await uow.ledger.granted_to(first.source_key), "by a provider"
        assert await uow.ledger.add_if_new(replace(first, kind=LedgerKind.ADMIN_GRANT))
        assert await uow.ledger.granted_to(first.source_key) == [sale.subscription.id]


async def test_customer_has_one_personal_channel_per_plan(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        later = samples.subscription(sale.order, status=SubscriptionStatus.EXPIRED)
        await uow.subscriptions.save(later)
        assert not await uow.channels.add_if_new(samples.channel(sale.subscription))
        assert not await uow.channels.add_if_new(samples.channel(later))
        sale.channel.status = ChannelStatus.DELETED
        await uow.channels.save(sale.channel)
        assert await uow.channels.personal_of(later.customer_id, later.plan_id) is None
        assert await uow.channels.add_if_new(samples.channel(later))


async def test_telegram_channel_cannot_be_stored_twice(units: Units) -> None:
    async with units() as uow:
        one, two = await selling(uow), await selling(uow)
        await uow.commit()
    for change in ({"channel_id": one.channel.channel_id}, {"marker": one.channel.marker}):
        with pytest.raises(RetryLater):
            async with units() as uow:
                await uow.channels.save(replace(two.channel, **change))


async def test_customer_has_one_access_per_channel(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.accesses.save(Access.request(sale.customer.id, sale.channel.id, NOON))
        await uow.commit()
    with pytest.raises(RetryLater, match="one_access_per_customer_and_channel"):
        async with units() as uow:
            await uow.accesses.save(Access.request(sale.customer.id, sale.channel.id, NOON))


async def test_provider_checkout_session_belongs_to_one_checkout_attempt(units: Units) -> None:
    async with units() as uow:
        one, two = await selling(uow), await selling(uow)
        await _attempt(uow, one.order.id)
        await uow.commit()
    with pytest.raises(RetryLater, match="one_attempt_per_checkout_session"):
        async with units() as uow:
            await _attempt(uow, two.order.id)


async def _attempt(uow: UnitOfWork, order_id: OrderId) -> None:
    attempt = CheckoutAttempt(order_id=order_id, number=1, provider="acme", created_at=NOON, expires_at=NOON)
    attempt.mark_opened("cs-1", "https://pay.example/1", NOON)
    await uow.orders.save_attempt(attempt)


async def test_provider_account_belongs_to_one_customer(units: Units) -> None:
    async with units() as uow:
        one, two = await selling(uow), await selling(uow)
        account = PaymentAccount(
            customer_id=one.customer.id, provider="acme", external_customer_id="cus-1", created_at=NOON
        )
        await uow.customers.save_account(account)
        await uow.commit()
    with pytest.raises(RetryLater, match="one_customer_per_payment_account"):
        async with units() as uow:
            await uow.customers.save_account(replace(account, customer_id=two.customer.id))


async def test_event_is_stored_once_per_provider(units: Units) -> None:
    first = samples.inbox_entry()
    other = replace(first, id=InboxId(new_uuid()), event=replace(first.event, provider="other"))
    async with units() as uow:
        assert await uow.inbox.add_if_new(first)
        assert not await uow.inbox.add_if_new(replace(first, id=InboxId(new_uuid())))
        assert await uow.inbox.add_if_new(other)


async def test_each_event_of_a_batch_is_stored_once(units: Units) -> None:
    first = samples.inbox_entry()
    twin = replace(first, id=InboxId(new_uuid()))
    odd = replace(first.event, provider="other", reason="\x00ñ")
    other = replace(first, id=InboxId(new_uuid()), event=odd)
    async with units() as uow:
        assert await uow.inbox.add_new([other, first, twin]) in ({other.id, first.id}, {other.id, twin.id})
        assert await uow.inbox.add_new([twin, first, other]) == frozenset()
        assert await uow.inbox.add_new([]) == frozenset()
        kept = await uow.inbox.get(other.id)
    assert kept is not None
    assert (kept.body, kept.status, kept.origin, kept.note) == (other.body, other.status, other.origin, None)


async def test_trace_contexts_of_orders_are_found_by_order_reference(units: Units) -> None:
    cause = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with units() as uow:
        sale = await selling(uow)
        sale.order.cause = cause
        await uow.orders.save(sale.order)
        order, unknown = str(sale.order.id), str(new_uuid())
        assert await uow.orders.causes_of([order, unknown, "no reference", ""]) == {order: cause}
        assert await uow.orders.causes_of([]) == {}
        assert [await uow.orders.cause_of(each) for each in (order, unknown, "", None)] == [cause, None, None, None]


async def test_update_is_stored_once_per_bot(units: Units) -> None:
    update = StoredUpdate(bot_id=1, update_id=7, chat_key=5, payload={"a": 1}, received_at=NOON)
    async with units() as uow:
        assert await uow.updates.add_new([update, update]) == {7}
        assert await uow.updates.add_new([update, replace(update, update_id=8)]) == {8}
        assert await uow.updates.add_new([replace(update, bot_id=2)]) == {7}
        assert await uow.updates.add_new([]) == frozenset()


async def test_post_and_its_deliveries_are_unique(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = samples.pick(sale.plan)
        delivery = PostDelivery.plan(pick, sale.channel.id, ChatId(-100), NOON)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        assert not await uow.of(POSTS_KEY).add_if_new(replace(pick, id=PostId(new_uuid())))
        assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)
        assert not await uow.of(POSTS_KEY).add_delivery_if_new(replace(delivery, id=DeliveryId(new_uuid())))


async def test_notification_is_unique_per_key(units: Units) -> None:
    owed = Notification.owe(
        JoinedMessage(plan_name="Retabet", until=NOON), "1", samples.customer().telegram_id, "es", NOON
    )
    async with units() as uow:
        assert await uow.notifications.add_if_new(owed)
        assert not await uow.notifications.add_if_new(replace(owed, id=NotificationId(new_uuid())))


async def test_phone_number_is_added_to_the_account_pool_once_and_each_account_gets_its_own_id(units: Units) -> None:
    one, two = samples.account(), samples.account()
    async with units() as uow:
        assert await uow.accounts.add_if_new(one)
        assert not await uow.accounts.add_if_new(samples.account(phone=one.phone))
        assert await uow.accounts.add_if_new(two)
        assert one.id != two.id
        assert await uow.accounts.get(two.id) == two


async def test_unknown_id_returns_none(units: Units) -> None:
    async with units() as uow:
        assert await uow.orders.get(OrderId(new_uuid()), lock=True) is None
        assert await uow.accesses.get(AccessId(new_uuid())) is None
        assert await uow.channels.get(ChannelId(new_uuid())) is None


async def test_granted_time_does_not_count_as_provider_period(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        first = entry(sale.subscription.id)
        for kind, days in ((LedgerKind.PAYMENT, 9), (LedgerKind.PAYMENT, 1), (LedgerKind.TOKEN, 90)):
            moved = replace(first, kind=kind, source_key=f"{days}", starts_at=NOON + timedelta(days))
            await uow.ledger.add_if_new(moved)
        found = await uow.ledger.counted_until([sale.subscription.id, other.subscription.id])
    assert found == {sale.subscription.id: NOON + timedelta(9) + first.length}


async def test_subscription_with_a_switch_between_plans_is_found(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        switch = replace(entry(sale.subscription.id), kind=LedgerKind.CHANGE, source_key="switch", length=timedelta())
        plan_id = sale.subscription.plan_id
        await uow.ledger.add_if_new(replace(switch, plan_id=plan_id, changed_from=plan_id))
        await uow.ledger.add_if_new(entry(other.subscription.id))
        found = await uow.ledger.list_switched([sale.subscription.id, other.subscription.id])
        (stored,) = [
            each for each in await uow.ledger.of_subscription(sale.subscription.id) if each.source_key == "switch"
        ]
    assert found == [sale.subscription.id]
    assert (stored.plan_id, stored.changed_from) == (plan_id, plan_id)


@pytest.mark.parametrize("status", ChannelStatus)
async def test_renewing_subscription_without_channel_is_found(units: Units, status: ChannelStatus) -> None:
    async with units() as uow:
        sale, canceled = await selling(uow), await selling(uow)
        canceled.subscription.status = SubscriptionStatus.CANCELED
        await uow.subscriptions.save(canceled.subscription)
        sale.channel.status = status
        await uow.channels.save(sale.channel)
        found = [each.id for each in await uow.subscriptions.without_channel()]
    assert found == ([] if status in {ChannelStatus.READY, ChannelStatus.FROZEN} else [sale.subscription.id])


async def test_waiting_events_and_ignored_reversals_are_reopened_by_payment_or_subscription_reference(
    units: Units,
) -> None:
    def entry(status: InboxStatus, note: str = "waits", **facts: object) -> InboxEntry:
        event = replace(samples.event(), event_key=str(new_uuid()), order_id=None, **facts)
        return replace(samples.inbox_entry(), id=InboxId(new_uuid()), event=event, status=status, note=note, attempts=9)

    refund = PaymentEventKind.REFUND
    reopened = [
        entry(InboxStatus.PARKED, kind=refund, about_payment="pay-1"),
        entry(InboxStatus.PARKED, subscription_ref="sub-1"),
        entry(InboxStatus.IGNORED, kind=refund, about_payment="pay-1"),
    ]
    left = [
        entry(InboxStatus.PARKED, kind=refund, about_payment="pay-2"),
        entry(InboxStatus.PARKED, kind=refund, about_payment="pay-1", provider="other"),
        entry(InboxStatus.PARKED, kind=refund, about_payment="pay-1", note="false"),
        entry(InboxStatus.APPLIED, kind=refund, about_payment="pay-1"),
        entry(InboxStatus.IGNORED, subscription_ref="sub-1"),
    ]
    async with units() as uow:
        for each in (*reopened, *left):
            assert await uow.inbox.add_if_new(each)
        await uow.commit()
    async with units() as uow:
        found = await uow.inbox.reopen(samples.event().provider, ["pay-1", "sub-1"], "false")
        await uow.commit()
    assert set(found) == {each.id for each in reopened}
    async with units() as uow:
        again = [await uow.inbox.get(each.id) for each in reopened]
        same = [await uow.inbox.get(each.id) for each in left]
    assert {(each.status, each.attempts, each.handled_at) for each in again if each} == {(InboxStatus.PENDING, 0, None)}
    assert [each.status for each in same if each] == [each.status for each in left]
