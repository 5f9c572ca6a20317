"""Subscriptions that another system started in the sandbox's Stripe with Stripe's own library, and that continue in
Umbral.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest

from features.moving.use_cases.import_people import ImportPeople
from features.moving.use_cases.import_subscriptions import Course, ImportSubscriptions, SubscriptionImport
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import Activation
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId, TokenId
from subscriptions.domain.money import Money
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.gateway import FakeGateway
from tests.fakes.shop import Shop, memory_shop
from tests.support.stripe_till import Till, open_till

ANA = TelegramId(7000000001)
SEAL = CodeSeal(b"a key of codes")


@dataclass
class Moving:
    """In-memory shop that sells through the sandbox's Stripe. prices: slugs of plans by Stripe price."""

    till: Till
    shop: Shop
    plan: ServicePlan
    prices: dict[str, str]

    async def begun_elsewhere(self, **metadata: str) -> str:
        """Create a monthly subscription of 29.99 that another system sold, and return its id."""
        price = await self.till.shop.price()
        self.prices[price.id] = self.plan.soft_id
        began = await self.till.shop.subscribed(price=price, metadata={}, subscription_data={"metadata": metadata})
        self.keep_time()
        return began.id

    def keep_time(self) -> None:
        """Set the shop's clock to the sandbox's time."""
        here, there = self.shop.clock.now(), self.till.shop.world.clock.now()
        self.shop.clock.advance(there - here)

    def taking(self) -> ImportSubscriptions:
        """Return the use case that imports subscriptions, built as the command line and the bot build it."""
        units, gateways, clock = self.shop.units, self.shop.gateways, self.shop.clock
        give = GiveTime(GrantAccess(self.shop.policy))
        people = ImportPeople(units, clock, give, SEAL)
        return ImportSubscriptions(units, gateways, clock, give, self.shop.follow, people)

    async def run(self, *, dry_run: bool = False) -> list[SubscriptionImport]:
        """Run the import as `umbral import stripe` does."""
        taking = self.taking()
        listed = [found async for found in taking.list_foreign("stripe")]
        return [await taking("stripe", found, self.prices, dry_run=dry_run) for found in listed]

    async def notified(self, kind: str, index: int = 0) -> None:
        """Deliver a Stripe webhook to the shop."""
        event = await self.till.event(kind, index)
        self.keep_time()
        await self.shop.deliver(event)

    def rows(self) -> tuple[int, int, int]:
        """Return the number of customers, subscriptions and payments."""
        rows = self.shop.memory.rows
        return len(rows("customers")), len(rows("subscriptions")), len(rows("payments"))

    async def charged(self) -> int:
        """Return the number of invoices in the sandbox's Stripe."""
        return len((await self.till.shop.client.v1.invoices.list_async()).data)


@pytest.fixture
async def moving() -> AsyncIterator[Moving]:
    """Create a shop with one plan and a bot with a username."""
    async with open_till() as till:
        shop = memory_shop()
        shop.gateways.gateways["stripe"] = cast(FakeGateway, till.gateway)
        async with shop.units() as uow:
            await uow.variables.set(BOT_USERNAME, "RetadorBot")
            await uow.commit()
        yield Moving(till, shop, await shop.plan(), {})


def paid_until(shop: Shop) -> datetime | None:
    (held,) = shop.memory.rows("subscriptions")
    until: datetime | None = held.access_until
    return until


async def test_subscription_with_a_telegram_id_is_adopted_without_a_charge(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_user_id=str(ANA), theirs="kept")
    before = await moving.charged()
    dry = await moving.run(dry_run=True)
    assert [(each.course, each.person, each.plan) for each in dry] == [(Course.ADOPTED, ANA, moving.plan.soft_id)]
    assert moving.rows() == (0, 0, 0)

    assert [each.course for each in await moving.run()] == [Course.ADOPTED]
    (held,) = moving.shop.memory.rows("subscriptions")
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert (held.provider, held.provider_ref, held.access_until) == ("stripe", ref, there.current_period_end)
    assert (held.status, held.price) == (SubscriptionStatus.ACTIVE, there.price)
    assert (there.telegram_id, there.order_id) == (ANA, str(held.order_id))
    kept = await moving.till.shop.client.v1.subscriptions.retrieve_async(ref)
    assert kept.metadata["theirs"] == "kept"
    assert [each.course for each in await moving.run()] == [Course.OURS]
    assert (moving.rows(), await moving.charged()) == ((1, 1, 1), before)
    async with moving.shop.units() as uow:
        (line,) = await uow.audit.of_subject(str(held.customer_id), 9)
    assert (line.action, line.facts["provider"]) == ("subscription.adopted", "stripe")


async def test_webhooks_are_applied_once_and_earlier_payments_are_not_repeated(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    await moving.run()
    first = paid_until(moving.shop)
    await moving.notified("invoice.paid")
    (held,) = moving.shop.memory.rows("subscriptions")
    assert not await moving.shop.follow.poll_payments(held)
    assert (paid_until(moving.shop), moving.rows()) == (first, (1, 1, 1))

    await moving.till.shop.act(ref, "renew")
    await moving.notified("invoice.paid", 1)
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert there.current_period_end is not None
    assert first is not None
    assert (paid_until(moving.shop), there.current_period_end > first) == (there.current_period_end, True)
    paid: list[Payment] = moving.shop.memory.rows("payments")
    assert [each.is_renewal for each in paid] == [False, True]

    await moving.till.shop.client.v1.subscriptions.cancel_async(ref)
    await moving.notified("customer.subscription.deleted")
    (held,) = moving.shop.memory.rows("subscriptions")
    assert held.status is SubscriptionStatus.CANCELED


async def test_subscription_without_a_telegram_id_is_adopted_once_its_owner_uses_the_invite_code(
    moving: Moving,
) -> None:
    await moving.begun_elsewhere()
    (invited,) = await moving.run()
    assert (invited.course, invited.person) == (Course.INVITED, None)
    assert invited.link is not None
    (again,) = await moving.run()
    assert (again.course, again.link) == (Course.INVITED, invited.link)

    shop = moving.shop
    person = await shop.customer()
    use = ActivateToken(shop.units, GiveTime(GrantAccess(shop.policy)), shop.clock, SEAL)
    assert isinstance(await use(person.telegram_id, invited.link.rpartition("=")[2]), Activation)
    (job,) = await shop.jobs("bot.adopt_invited")
    await moving.taking().came(TokenId(UUID(str(job["token_id"]))))
    (held,) = shop.memory.rows("subscriptions")
    there = await moving.till.gateway.fetch_subscription(held.provider_ref)
    assert there is not None
    assert there.telegram_id == person.telegram_id
    assert [each.course for each in await moving.run()] == [Course.OURS]


async def test_subscription_that_cannot_be_continued_is_reported_and_left_unchanged(moving: Moving) -> None:
    await moving.begun_elsewhere(telegram_id=str(ANA))
    moving.prices.clear()
    assert [each.course for each in await moving.run()] == [Course.UNMAPPED]
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    await moving.till.shop.act(ref, "fail_payment")
    await moving.till.shop.act(ref, "renew")
    moving.keep_time()
    assert {each.foreign.snapshot.ref: each.course for each in await moving.run()}[ref] is Course.OWING
    other = await moving.begun_elsewhere(telegram_id=str(ANA))
    twin = await moving.begun_elsewhere(telegram_id=str(ANA))
    courses = {each.foreign.snapshot.ref: each.course for each in await moving.run()}
    assert sorted((courses[other], courses[twin])) == [Course.ADOPTED, Course.DOUBLE]
    await moving.shop.customer(telegram_id=TelegramId(5), barred_at=moving.shop.clock.now())
    barred = await moving.begun_elsewhere(telegram_id="5")
    assert {each.foreign.snapshot.ref: each.course for each in await moving.run()}[barred] is Course.BARRED


async def test_user_id_of_another_system_is_not_a_telegram_id(moving: Moving) -> None:
    await moving.begun_elsewhere(user_id="12345")
    assert [(each.course, each.person) for each in await moving.run()] == [(Course.INVITED, None)]


async def test_interrupted_update_of_stripe_is_repeated_by_the_next_run(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA), order_id="theirs")
    await moving.run()
    (held,) = moving.shop.memory.rows("subscriptions")
    await moving.till.shop.client.v1.subscriptions.update_async(ref, {"metadata": {"order_id": "theirs"}})
    assert [each.course for each in await moving.run()] == [Course.OURS]
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert there.order_id == str(held.order_id)


async def test_charge_made_between_listing_and_import_extends_access(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    taking = moving.taking()
    (listed,) = [found async for found in taking.list_foreign("stripe")]
    await moving.till.shop.act(ref, "renew")
    moving.keep_time()
    await taking("stripe", listed, moving.prices, dry_run=False)
    await moving.notified("invoice.paid", 1)
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert paid_until(moving.shop) == there.current_period_end


async def test_subscription_whose_renewal_is_neither_paid_nor_refused_is_imported_once_it_is_paid(
    moving: Moving,
) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    taking = moving.taking()
    (listed,) = [found async for found in taking.list_foreign("stripe")]
    await moving.till.shop.advance(days=31)
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    moving.keep_time()
    # The bank has not decided about the charge of the new period, so Stripe does not list it as paid.
    begun = replace(listed, snapshot=replace(there, unsettled=True))
    assert (await taking("stripe", begun, moving.prices, dry_run=False)).course is Course.OWING
    assert moving.rows() == (0, 0, 0)
    assert [each.course for each in await moving.run()] == [Course.ADOPTED]
    await moving.notified("invoice.paid", 1)
    assert paid_until(moving.shop) == there.current_period_end


async def test_charge_that_differs_from_the_listed_price_extends_access(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    taking = moving.taking()
    (listed,) = [found async for found in taking.list_foreign("stripe")]
    # As with a coupon: the price differs from the amount charged.
    dearer = replace(listed, snapshot=replace(listed.snapshot, price=Money(3999, "EUR")))
    await taking("stripe", dearer, moving.prices, dry_run=False)
    await moving.till.shop.act(ref, "renew")
    await moving.notified("invoice.paid", 1)
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert paid_until(moving.shop) == there.current_period_end


async def test_subscription_sold_by_umbral_itself_is_not_imported(moving: Moving) -> None:
    shop = moving.shop
    person = await shop.customer(telegram_id=ANA)
    order = Order.open(person.id, moving.plan, shop.clock.now(), shop.clock.now())
    async with shop.units() as uow:
        await uow.orders.add_if_new(order)
        await uow.commit()
    await moving.begun_elsewhere(telegram_id=str(ANA), order_id=str(order.id))
    assert [each.course for each in await moving.run()] == [Course.OURS]
    assert not shop.memory.rows("subscriptions")


async def test_subscription_with_an_end_date_keeps_its_next_charge(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    service = moving.till.shop.client.v1.subscriptions
    kept = await service.retrieve_async(ref)
    item, at = kept["items"].data[0], int(kept["items"].data[0].current_period_end) + 70 * 24 * 60 * 60
    change = {"id": item.id, "quantity": 2}
    await service.update_async(ref, {"items": [change], "proration_behavior": "none"})
    await service.update_async(ref, {"cancel_at": at})
    await moving.run()
    (held,) = moving.shop.memory.rows("subscriptions")
    assert (held.status, held.cancel_at) == (SubscriptionStatus.ACTIVE, datetime.fromtimestamp(at, UTC))
    assert (held.next_charge, held.upcoming_amount) == (held.current_period_end, Money(5998, "EUR"))


async def test_paused_collection_has_no_next_charge(moving: Moving) -> None:
    ref = await moving.begun_elsewhere(telegram_id=str(ANA))
    await moving.till.shop.client.v1.subscriptions.update_async(ref, {"pause_collection": {"behavior": "void"}})
    await moving.run()
    (held,) = moving.shop.memory.rows("subscriptions")
    assert (held.status, held.next_charge) == (SubscriptionStatus.ACTIVE, None)
