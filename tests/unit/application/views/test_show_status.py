"""Check that the answers of `/estado` and «¿por qué?» are correct in every state of a subscription."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.application.views.staff_subjects import subscription_finder
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.services.time_origin import TimeOrigin
from subscriptions.domain.tracing import current_cause, stretch, trace_of
from tests.fakes import samples
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.of_features import of_features


async def test_unknown_account_has_no_status(shop: Shop):
    with pytest.raises(Permanent):
        await shop.status(TelegramId(1))


async def test_open_order_is_shown_while_its_link_is_valid(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view = await shop.start(ana.telegram_id, plan.soft_id)
    (order,) = (await shop.status(ana.telegram_id)).open_orders
    assert (order.reference, order.url, order.price) == (view.reference, view.url, plan.price)
    shop.clock.advance(shop.policy.checkout_lifetime)
    assert (await shop.status(ana.telegram_id)).open_orders == ()


async def test_paid_order_is_no_longer_shown_as_open(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    status = await shop.status(ana.telegram_id)
    (view,) = status.live
    assert (view.soft_id, view.status, view.access) == (plan.soft_id, SubscriptionStatus.ACTIVE, AccessStatus.PENDING)
    assert (view.access_until, view.renews, view.can_undo) == (shop.clock.now() + PERIOD, True, False)
    assert status.open_orders == ()
    assert [payment.amount for payment in status.payments] == [plan.price]
    await shop.cancel(ana.telegram_id)
    (view,) = (await shop.status(ana.telegram_id)).live
    assert (view.renews, view.can_undo) == (False, True)


@pytest.mark.parametrize("canceled_before", [False, True], ids=["at once", "after canceling in the chat"])
async def test_subscription_ended_by_the_provider_offers_no_undo(shop: Shop, canceled_before: bool):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    paid, *_ = events = shop.provider.pay(session)
    await shop.deliver(*events)
    if canceled_before:
        await shop.cancel(ana.telegram_id)
    assert paid.subscription_ref is not None
    await shop.deliver(shop.provider.end(paid.subscription_ref))
    (view,) = (await shop.status(ana.telegram_id)).live
    assert (view.status, view.can_undo) == (SubscriptionStatus.CANCELED, False)
    assert (view.access_until, view.access) == (shop.clock.now() + PERIOD, AccessStatus.PENDING)


@pytest.mark.parametrize(
    ("access", "shown"),
    [
        (AccessStatus.INVITED, True),
        (AccessStatus.PENDING, True),
        (AccessStatus.ACTIVE, False),
        (AccessStatus.REVOKING, False),
    ],
    ids=str,
)
async def test_invite_link_is_shown_only_to_entitled_customers_outside_the_chat(shop: Shop, access, shown):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    invite = samples.invite(held.channels[0], expires_at=shop.clock.now() + timedelta(hours=1))
    async with shop.units() as uow:
        held.accesses[0].status = access
        await uow.accesses.save(held.accesses[0])
        await uow.channels.add_invite(invite)
        await uow.commit()
    (view,) = (await shop.status(ana.telegram_id)).live
    assert view.invite_url == (invite.url if shown else None)
    shop.clock.advance(timedelta(hours=1))
    (view,) = (await shop.status(ana.telegram_id)).live
    assert view.invite_url is None


@pytest.mark.parametrize("days", [None, 2], ids=["grace period of the operator", "grace period of the plan"])
async def test_failed_charge_shows_the_end_of_the_grace_period(shop: Shop, days):
    ana, plan = await shop.customer(), await shop.plan(grace_days=days)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    (view,) = (await shop.status(ana.telegram_id)).live
    grace = shop.policy.grace if days is None else timedelta(days=days)
    assert (view.status, view.grace_until) == (SubscriptionStatus.PAST_DUE, shop.clock.now() + grace)


async def test_live_subscription_of_a_plan_is_shown_instead_of_ended_subscriptions(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    order = samples.order(ana, plan)
    live = samples.subscription(order)
    later = samples.subscription(
        order, status=SubscriptionStatus.EXPIRED, created_at=live.created_at + timedelta(days=1)
    )
    async with shop.units() as uow:
        for item in (live, later):
            await uow.subscriptions.save(item)
        await uow.commit()
    (view,) = (await shop.status(ana.telegram_id)).subscriptions
    assert view.status is SubscriptionStatus.ACTIVE


async def test_webhook_and_access_explanation_share_the_trace_of_their_purchase(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    with stretch("update"):
        press = current_cause()
        _, session = await shop.checkout(ana, plan)
    with stretch("webhook"):
        await shop.deliver(*shop.provider.pay(session))
        assert trace_of(current_cause()) == trace_of(press)
    (reported,) = await ExplainAccess(shop.units, shop.policy)(ana.telegram_id)
    assert reported.trace == trace_of(press)


async def test_every_ledger_entry_is_listed_as_a_reason_for_access(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    start = shop.clock.now()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", Money(2999, "EUR")))
    (reported,) = await ExplainAccess(shop.units, shop.policy)(ana.telegram_id)
    assert (reported.plan, reported.access_end) == (plan.name, start + 2 * PERIOD)
    assert [(reason.kind, reason.access_end) for reason in reported.reasons] == [
        (LedgerKind.PAYMENT, start + PERIOD),
        (LedgerKind.PAYMENT, start + 2 * PERIOD),
    ]


@pytest.mark.parametrize("days", [None, 2], ids=["grace period of the operator", "grace period of the plan"])
async def test_end_of_the_grace_period_is_the_same_for_customers_staff_and_programs(shop: Shop, days: int | None):
    ana, plan = await shop.customer(), await shop.plan(grace_days=days)
    olga = await shop.customer(staff_role=StaffRole.SUPPORT)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    end = (await shop.status(ana.telegram_id)).live[0].grace_until

    (reason,) = await ExplainAccess(shop.units, shop.policy)(ana.telegram_id)
    see = SeeCustomers(shop.units, shop.gateways, StaffDesk(shop.units, shop.clock), shop.policy)
    card = await see.card(olga.telegram_id, ana.id)
    entitlement = await CheckEntitlement(shop.units, shop.clock, shop.policy)(ana.telegram_id, plan.soft_id)
    _, (current,) = await CheckEntitlement(shop.units, shop.clock, shop.policy).customer(ana.telegram_id)
    async with shop.units() as uow:
        found = await subscription_finder(shop.clock, shop.policy)(uow, str(current.subscription.id))
    status = await shop.status(ana.telegram_id)
    documents = [write(ana.telegram_id, status) for write in of_features("walks", "STATUS_DOCUMENTS").values()]

    assert card is not None
    assert found is not None
    assert end is not None
    assert {reason.access_end, card.plans[0].access_end, entitlement.access_end, current.access_end} == {end}
    assert found.facts["until"] == end
    assert all(f'"access_until": "{end.isoformat()}"' in document for document in documents)


async def test_programs_are_given_the_end_of_a_period_that_is_being_charged(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    renewal = shop.provider.renew("sub-1", plan.price)
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.clock.advance(timedelta(hours=1))
    entitlement = await CheckEntitlement(shop.units, shop.clock, shop.policy)(ana.telegram_id, plan.soft_id)
    assert (entitlement.is_entitled, entitlement.access_end) == (True, renewal.period_end)


@pytest.mark.parametrize(
    ("kind", "note", "price", "origin"),
    [
        (LedgerKind.TOKEN, "ABCD…", 2999, TimeOrigin.CODE),
        (LedgerKind.ADMIN_GRANT, "", 2999, TimeOrigin.STAFF),
        (LedgerKind.ADMIN_GRANT, IMPORT_CAMPAIGN, 2999, TimeOrigin.IMPORTED),
        (LedgerKind.FREE_PERIOD, "", 0, TimeOrigin.FREE),
    ],
)
async def test_access_time_that_was_not_charged_shows_its_origin(
    shop: Shop, kind: LedgerKind, note: str, price: int, origin: TimeOrigin
):
    ana, plan = await shop.customer(), await shop.plan(price=Money(price, "EUR"))
    giving, now = GiveTime(GrantAccess(shop.policy)), shop.clock.now()
    async with shop.units() as uow:
        given = await giving.find(uow, ana, plan, plan.price, now)
        time_grant = TimeGrant(kind=kind, source_key="one", length=timedelta(days=20), price=plan.price, note=note)
        await giving.add(uow, given, ana, plan, time_grant, now)
        await uow.commit()
    (view,) = (await shop.status(ana.telegram_id)).live
    assert (view.renews, view.next_charge, view.origin, view.is_far) == (False, None, origin, False)


async def test_renewing_subscription_shows_no_origin_until_canceled(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    assert [view.origin for view in (await shop.status(ana.telegram_id)).live] == [None]
    await shop.cancel(ana.telegram_id)
    assert [view.origin for view in (await shop.status(ana.telegram_id)).live] == [TimeOrigin.PAID]
