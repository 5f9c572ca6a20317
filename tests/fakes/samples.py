"""Entities for tests, valid by default; every argument can be changed."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from subscriptions.domain.entities.channel import Channel, ChannelStatus, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, ChatId, InboxId, PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def customer(**more: Any) -> Customer:
    """Return a new customer."""
    number = next(_numbers)
    known = Customer.arrive(TelegramId(7_000_000_000 + number), f"Ana {number}", f"ana{number}", "es", NOON)
    return dataclasses.replace(known, **more)


def plan(**more: Any) -> ServicePlan:
    """Return a monthly plan with a personal channel."""
    number = next(_numbers)
    values: dict[str, Any] = {"name": f"Plan {number}", "soft_id": f"plan-{number}", "price": Money(2999, "EUR")}
    return ServicePlan(**(values | {"id": PlanId(new_uuid()), "created_at": NOON} | more))


def order(buyer: Customer, bought: ServicePlan, **more: Any) -> Order:
    """Return an open order that is valid for 35 minutes."""
    return dataclasses.replace(Order.open(buyer.id, bought, NOON, NOON + timedelta(minutes=35)), **more)


def subscription(of: Order, **more: Any) -> Subscription:
    """Return the subscription of an order, active for a month."""
    values: dict[str, Any] = {"status": SubscriptionStatus.ACTIVE, "access_until": NOON + timedelta(days=31)}
    return dataclasses.replace(Subscription.begin(of, "acme", f"sub-{next(_numbers)}", NOON), **(values | more))


def given(to: Customer, of: ServicePlan, until: datetime, **more: Any) -> Subscription:
    """Return a subscription that no provider manages."""
    values: dict[str, Any] = {"status": SubscriptionStatus.ACTIVE, "access_until": until}
    return dataclasses.replace(Subscription.give(to.id, of.id, of.price, NOON), **(values | more))


def payment(of: Order, **more: Any) -> Payment:
    """Return a captured payment of an order."""
    captured = Payment.capture(
        provider="acme",
        payment_key=f"pay-{next(_numbers)}",
        customer_id=of.customer_id,
        order_id=of.id,
        amount=of.price,
        is_renewal=False,
        occurred_at=NOON,
        now=NOON,
    )
    return dataclasses.replace(captured, **more)


def channel(of: Subscription, **more: Any) -> Channel:
    """Return a subscription's personal channel that is planned and does not exist yet."""
    planned = Channel.plan_personal(of.customer_id, of.plan_id, of.id, "Umbral - Plan - @ana", NOON)
    return dataclasses.replace(planned, **more)


def ready_channel(of: Subscription, **more: Any) -> Channel:
    """Return a subscription's personal channel that is ready for its customer."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "status": ChannelStatus.READY,
        "channel_id": ChatId(-1_000_000_000_000 - number),
        "ready_at": NOON,
    }
    return channel(of, **(values | more))


def invite(into: Channel, **more: Any) -> Invite:
    """Return an invite link for the channel's customer, valid for a day."""
    values: dict[str, Any] = {
        "id": new_uuid(),
        "channel_id": into.id,
        "customer_id": into.customer_id,
        "url": f"https://t.me/+link{next(_numbers)}",
        "creator": "account:1",
        "created_at": NOON,
        "expires_at": NOON + timedelta(hours=24),
    }
    return Invite(**(values | more))


def account(**more: Any) -> UserbotAccount:
    """Return a new userbot account, which has no id until it is stored."""
    values: dict[str, Any] = {
        "id": AccountId(0),
        "phone": f"+3460000{next(_numbers):04}",
        "session": "encrypted",
        "channel_cap": 400,
        "day_cap": 15,
        "pace": timedelta(seconds=90),
        "created_at": NOON,
    }
    return UserbotAccount(**(values | more))


def pick(of: ServicePlan, **more: Any) -> Post:
    """Return a post for all subscribers of a plan."""
    return dataclasses.replace(Post.accept(f"pick-{next(_numbers)}", of.id, PostContent(text="Over 2.5"), NOON), **more)


def event(**more: Any) -> PaymentEvent:
    """Return the provider's event of a captured payment."""
    values: dict[str, Any] = {
        "kind": PaymentEventKind.PAYMENT_COMPLETED,
        "provider": "acme",
        "event_key": f"evt-{next(_numbers)}",
        "raw_type": "paid",
        "occurred_at": NOON,
        "amount": Money(2999, "EUR"),
    }
    return PaymentEvent(**(values | more))


def inbox_entry(**more: Any) -> InboxEntry:
    """Return a pending inbox entry."""
    values: dict[str, Any] = {
        "id": InboxId(new_uuid()),
        "event": event(),
        "body": b"{\x00\xff}",
        "status": InboxStatus.PENDING,
        "received_at": NOON,
    }
    return InboxEntry(**(values | more))
