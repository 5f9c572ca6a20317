"""First contacts and accepted terms of customers, refused webhooks, and the operator's command-line tools for plans,
prices and accounts.
"""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from subscriptions.application.accounts.manage_pool import ManagePool
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanUnavailable
from subscriptions.application.catalog.manage_plans import ManagePlans, NewPlan
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook, UnknownProvider
from subscriptions.application.people.customers import AcceptTerms, MeetCustomer, Person
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.delivery import BLOCKED_BOT
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.errors import InvalidInput, Permanent
from subscriptions.domain.ids import ChatId, NotificationId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import InvalidSignature, PaymentEventKind, PriceRequest
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes import samples
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.fakes.resources import vip as shared_vip
from tests.fakes.shop import Shop

ANA = Person(telegram_id=TelegramId(77), first_name="Ana", username=None, language_code="es-ES")


async def test_customer_is_created_once(shop: Shop):
    meet = MeetCustomer(shop.units, shop.clock)
    met = await asyncio.gather(*(meet(ANA, source="ad") for _ in range(5)))
    assert len({customer.id for customer in met}) == 1
    assert (met[0].mention, met[0].language, met[0].source) == ("Ana", "es", "ad")


async def test_new_name_is_stored_and_the_customer_is_reachable_again(shop: Shop):
    meet = MeetCustomer(shop.units, shop.clock)
    first = await meet(ANA)
    await MarkUnreachable(shop.units, shop.clock)(ANA.telegram_id)
    renamed = dataclasses.replace(ANA, first_name="<b>Ána</b> 🦊", username="ana", language_code="en")
    again = await meet(renamed)
    assert (again.id, again.first_name, again.mention, again.language) == (first.id, "<b>Ána</b> 🦊", "@ana", "en")
    assert again.reachable


async def test_terms_keep_the_time_of_the_first_acceptance(shop: Shop):
    customer = await MeetCustomer(shop.units, shop.clock)(ANA)
    accept = AcceptTerms(shop.units, shop.clock, shop.policy)
    moment = shop.clock.now()
    await accept(ANA.telegram_id)
    shop.clock.advance(timedelta(days=1))
    await accept(ANA.telegram_id)
    async with shop.units() as uow:
        known = await uow.customers.get(customer.id)
    assert known is not None
    assert (known.terms_version, known.terms_accepted_at) == (shop.policy.terms_version, moment)
    [line] = shop.memory.rows("audit_log")
    assert (line.action, line.facts) == ("terms.accepted", {"version": shop.policy.terms_version})


async def test_unknown_account_cannot_accept_terms_and_its_block_of_the_bot_is_ignored(shop: Shop):
    with pytest.raises(Permanent):
        await AcceptTerms(shop.units, shop.clock, shop.policy)(TelegramId(1))
    await MarkUnreachable(shop.units, shop.clock)(TelegramId(1))


@pytest.mark.parametrize("provider", ["nobody", "acme"], ids=["unknown provider", "switched off"])
async def test_webhook_of_an_unavailable_provider_stores_nothing(shop: Shop, provider):
    receive = ReceiveWebhook(shop.units, UnitDeliveries(shop.units), MemoryGateways({}), shop.clock)
    with pytest.raises(UnknownProvider):
        await receive(provider, {}, b"{}")
    assert shop.memory.rows("webhook_inbox") == []


async def test_webhook_with_an_invalid_signature_stores_nothing(shop: Shop):
    with pytest.raises(InvalidSignature):
        await shop.receive("acme", {"signature": "bad"}, b"evt-1")
    assert shop.memory.rows("webhook_inbox") == []


async def test_irrelevant_webhook_event_is_stored_and_queues_no_job(shop: Shop):
    event = shop.provider.create_event(PaymentEventKind.IGNORED, "product.created")
    assert await shop.webhook(event)
    assert not await shop.webhook(event)
    (entry,) = shop.memory.rows("webhook_inbox")
    assert entry.status is InboxStatus.IGNORED
    assert shop.memory.jobs == []


async def test_plan_added_again_by_the_command_line_is_not_overwritten(shop: Shop):
    plans = ManagePlans(shop.units, shop.clock)
    new = NewPlan(name="Retabet", emoji="🎰", description="", price=Money(2999, "EUR"))
    assert await plans.add_if_new(new)
    assert not await plans.add_if_new(dataclasses.replace(new, price=Money(1, "EUR")))
    assert [(plan.soft_id, plan.price) for plan in await plans.all()] == [("retabet", Money(2999, "EUR"))]


async def test_refusal_of_an_invalid_plan_names_the_field(shop: Shop):
    with pytest.raises(InvalidInput) as refused:
        await ManagePlans(shop.units, shop.clock).add_if_new(
            NewPlan(name="🎰", emoji="", description="", price=Money(1, "EUR"))
        )
    assert refused.value.field == "name"


async def test_userbot_account_is_added_once(shop: Shop):
    pool = ManagePool(shop.units, shop.clock)
    for expected in (True, False):
        added = await pool.add("+34600", "sealed", label="1", channel_cap=400, day_cap=15, pace=timedelta(seconds=90))
        assert added is expected
    assert [account.phone for account in await pool.all()] == ["+34600"]


class _Shelf(Provider):
    """Provider that stores price objects."""

    async def ensure_price(self, request: PriceRequest) -> str:
        return f"price-{request.plan}-{request.amount.minor}"


async def test_changed_plan_price_creates_a_new_price_object(shop: Shop):
    plan = await shop.plan()
    sync = SyncPrices(shop.units, MemoryGateways({"acme": _Shelf(shop.clock, name="acme")}), "Umbral")
    for minor in (2999, 3999):
        plan.price = Money(minor, "EUR")
        await shop.change_plan(plan)
        for _ in range(2):
            assert await sync("acme") == {plan.soft_id: f"price-{plan.soft_id}-{minor}"}
        async with shop.units() as uow:
            price = await uow.plans.price_at(plan.id, "acme")
        assert price is not None
        assert price.external_price_id == f"price-{plan.soft_id}-{minor}"


async def test_price_sync_refuses_unknown_providers_and_skips_providers_without_price_objects(shop: Shop):
    with pytest.raises(InvalidInput, match="acme"):
        await SyncPrices(shop.units, shop.gateways, "Umbral")("nobody")
    assert await SyncPrices(shop.units, shop.gateways, "Umbral")("acme") == {}


async def test_first_known_source_of_a_customer_is_not_replaced(shop: Shop):
    meet = MeetCustomer(shop.units, shop.clock)
    await meet(ANA)
    assert (await meet(ANA, source="instagram")).source == "instagram"
    assert (await meet(ANA, source="tiktok")).source == "instagram"


async def test_vip_plan_is_offered_once_its_channel_is_set_up(shop: Shop):
    browse = BrowsePlans(shop.units, MemoryGateways({}), shop.clock)
    vip = samples.plan(access=AccessKind.VIP_CHANNEL, recurring=False, interval=None, duration_days=30)
    async with shop.units() as uow:
        await uow.plans.save(vip)
        await uow.commit()
    assert vip.soft_id not in [plan.soft_id for plan in await browse.all()]
    with pytest.raises(PlanUnavailable):
        await browse.one(vip.soft_id)
    async with shop.units() as uow:
        await uow.channels.add_if_new(
            Channel.for_resource(shared_vip(), ChatId(-1002200000009), "VIP", shop.clock.now())
        )
        await uow.commit()
    assert vip.soft_id in [plan.soft_id for plan in await browse.all()]
    assert (await browse.one(vip.soft_id)).name == vip.name


@pytest.mark.parametrize(
    ("days", "notified"),
    [(1, ["ending_soon", "refunded", "renewal_coming"]), (2, ["refunded", "renewal_coming"])],
    ids=["a day", "two days"],
)
async def test_unblocking_the_bot_sends_stored_messages_but_no_old_reminder(shop: Shop, days: int, notified: list[str]):
    meet = MeetCustomer(shop.units, shop.clock)
    customer = await meet(ANA)
    await MarkUnreachable(shop.units, shop.clock)(ANA.telegram_id)
    async with shop.units() as uow:
        for kind in ("ending_soon", "renewal_coming", "refunded"):
            await uow.notifications.add_if_new(_kept(kind, customer, shop.clock.now()))
        await uow.commit()
    shop.clock.advance(timedelta(days=days))
    await meet(ANA)
    assert sorted(job["kind"] for job in await shop.jobs("bot.announce")) == sorted(notified)


async def test_unblocking_the_bot_sends_one_reminder_of_each_kind_and_subscription(shop: Shop):
    meet = MeetCustomer(shop.units, shop.clock)
    customer = await meet(ANA)
    await MarkUnreachable(shop.units, shop.clock)(ANA.telegram_id)
    first, second = new_uuid(), new_uuid()
    async with shop.units() as uow:
        for number, subject in enumerate([first, second, first]):
            now = shop.clock.now() + number * timedelta(hours=1)
            await uow.notifications.add_if_new(_kept("ending_soon", customer, now, subject, number))
        await uow.commit()
    shop.clock.advance(timedelta(days=1))
    await meet(ANA)
    assert [job["subject"] for job in await shop.jobs("bot.announce")] == [str(second), str(first)]


def _kept(kind: str, customer: Customer, now: datetime, subject: UUID | None = None, number: int = 1) -> Notification:
    return Notification(
        id=NotificationId(new_uuid()),
        key=f"{kind}:{number}",
        kind=kind,
        recipient=customer.telegram_id,
        language="es",
        params={},
        subject=subject or new_uuid(),
        failed=BLOCKED_BOT,
        created_at=now,
    )
