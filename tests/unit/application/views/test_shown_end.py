"""End of access while Umbral suspends it: every reader names the end that it would have if the suspension ended now."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import AccessMovedMessage, ResumedMessage
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.application.views.staff_subjects import subscription_finder
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from subscriptions.domain.services import access_policy
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.of_features import of_features

DAY: Final = timedelta(days=1)


async def _buy(shop: Shop, **more: Any) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.plan(**more)
    _, session = await shop.checkout(ana, plan)
    pay = shop.provider.pay if plan.recurring else shop.provider.pay_once
    events = pay(session)
    await shop.deliver(*(events if isinstance(events, tuple) else (events,)))
    shop.clock.advance(10 * DAY)
    return ana, plan


async def renewing(shop: Shop) -> tuple[Customer, ServicePlan]:
    return await _buy(shop)


async def bought_once(shop: Shop) -> tuple[Customer, ServicePlan]:
    return await _buy(shop, recurring=False, interval=None, interval_count=0, duration_days=30)


async def in_trial(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    shop.clock.advance(10 * DAY)
    return ana, plan


async def canceled(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await _buy(shop)
    shop.provider.change("sub-1", cancel_at_period_end=True)
    await shop.deliver(shop.provider.updated("sub-1"))
    return ana, plan


async def in_grace(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await _buy(shop)
    shop.clock.advance(PERIOD - 10 * DAY)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(DAY)
    return ana, plan


async def charged_by_a_slow_bank(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await _buy(shop)
    shop.clock.advance(PERIOD - 10 * DAY)
    shop.provider.renew("sub-1", plan.price)
    shop.provider.change("sub-1", unsettled=True, status=ProviderStatus.ACTIVE)
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.clock.advance(DAY)
    return ana, plan


STATES: Final[dict[str, Callable[[Shop], Awaitable[tuple[Customer, ServicePlan]]]]] = {
    each.__name__: each for each in (renewing, bought_once, in_trial, canceled, in_grace, charged_by_a_slow_bank)
}


async def ends(shop: Shop, ana: Customer, plan: ServicePlan) -> dict[str, datetime | None]:
    """Return the end of access by each reader that names one."""
    desk = StaffDesk(shop.units, shop.clock)
    olga = await shop.customer(staff_role=StaffRole.SUPPORT)
    status = await shop.status(ana.telegram_id)
    (view,) = status.live
    (why,) = await ExplainAccess(shop.units, shop.policy, shop.clock)(ana.telegram_id)
    card = await SeeCustomers(shop.units, shop.gateways, desk, shop.policy).card(olga.telegram_id, ana.id)
    _, (current,) = await CheckEntitlement(shop.units, shop.clock, shop.policy).customer(ana.telegram_id)
    async with shop.units() as uow:
        subject = await subscription_finder(shop.clock, shop.policy)(uow, str(current.subscription.id))
    assert card is not None
    assert subject is not None
    found = {
        "/estado": view.charging_until or view.grace_until or view.access_until,
        "why": why.access_end,
        "card": card.live[0].access_end,
        "API": current.access_end,
        "staff command": subject.facts["until"],
    }
    for name, write in of_features("walks", "STATUS_DOCUMENTS").items():
        (document,) = json.loads(write(ana.telegram_id, status))["subscriptions"]
        found[name] = datetime.fromisoformat(document["access_until"])
    return found


async def held(shop: Shop, ana: Customer, plan: ServicePlan) -> Subscription:
    return (await shop.holding(ana, plan)).subscription


@pytest.mark.parametrize("state", STATES)
async def test_every_reader_names_the_same_end_during_a_suspension(shop: Shop, state: str) -> None:
    ana, plan = await STATES[state](shop)
    staff = Staff(shop)
    before = await ends(shop, ana, plan)
    assert len(set(before.values())) == 1, before
    subject = (await held(shop, ana, plan)).id
    await staff(SHELL, "suspend", subject, reason="motivo")
    shop.clock.advance(2 * DAY)
    during = await ends(shop, ana, plan)
    async with shop.units() as uow:
        moved = await AccessMovedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subject)
    await staff(SHELL, "restore", subject, reason="motivo")
    after = await ends(shop, ana, plan)
    assert len(set(after.values())) == 1, after
    assert during == after, "as if the suspension ended now"
    async with shop.units() as uow:
        resumed = await ResumedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subject)
    assert moved is not None
    assert moved.until == (await held(shop, ana, plan)).access_until
    if state != "in_trial":
        assert resumed is not None
        assert resumed.until == after["card"]


async def test_every_reader_names_the_same_end_during_a_dispute(shop: Shop) -> None:
    ana, plan = await renewing(shop)
    end = (await ends(shop, ana, plan))["card"]
    payment = (await shop.holding(ana, plan)).payment
    opened = shop.provider.create_event(
        PaymentEventKind.DISPUTE_OPENED, "dispute", payment_key="dp-1", about_payment=payment.payment_key
    )
    await shop.deliver(opened)
    shop.clock.advance(3 * DAY)
    during = await ends(shop, ana, plan)
    assert (await held(shop, ana, plan)).on_hold
    assert end is not None
    assert set(during.values()) == {end + 3 * DAY}


async def test_lifted_suspension_leaves_the_stored_subscription_unchanged(shop: Shop) -> None:
    ana, plan = await renewing(shop)
    await Staff(shop)(SHELL, "suspend", (await held(shop, ana, plan)).id, reason="motivo")
    shop.clock.advance(DAY)
    stored = await held(shop, ana, plan)
    copy = access_policy.without_hold(stored, shop.clock.now())
    assert (stored.on_hold, copy.on_hold) == (True, False)
    assert access_policy.without_hold(copy, shop.clock.now()) is copy
    assert stored.events.drain() == []
