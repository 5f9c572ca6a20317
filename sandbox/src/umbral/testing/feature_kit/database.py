"""Databases for the kit's checks: copies of a migrated database, with one sale and the rows of the
feature under test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.writing.payments import PAYMENTS
from umbral.testing.feature_kit.rule import Sale, Subject

T = TypeVar("T")

NOON: Final = datetime(2026, 11, 3, 12, tzinfo=UTC)
BUYER: Final = TelegramId(7_000_000_001)
ENVIRON: Final = {
    "CONSOLE": "public",
    "WEB_PORT": "0",
    "OPS_PORT": "0",
    "BRAND_NAME": "Kit",
    "FEATURES": "all",
    "WEB_BASE_URL": "http://127.0.0.1:1",
    "STRIPE_SECRET_KEY": "sk_test_kit",
    "STRIPE_WEBHOOK_SECRET": "whsec_kit",
    "STRIPE_API_BASE": "http://127.0.0.1:9",
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
}


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a separate event loop and thread, so that tests with a running loop can call this function."""
    results, errors = list[T](), list[BaseException]()

    def run() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


@asynccontextmanager
async def copy_of(url: str) -> AsyncIterator[str]:
    """Provide a copy of a database while the block runs."""
    name, source = f"kit_{uuid4().hex[:12]}", urlsplit(url).path[1:]
    server = urlsplit(url)._replace(path="/postgres").geturl()
    await _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch(url: str, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


@asynccontextmanager
async def core_on(
    url: str, state: FeatureState, name: str = "", settings: type[CoreSettings] = WebSettings
) -> AsyncIterator[CoreContainer]:
    """Open the core of a process on a database, with one feature in the given state and all others on.

    settings: settings class of the process, by default of the web
    """
    environ = {**ENVIRON, "DATABASE_URL": url}
    async with open_core(load(settings, environ), environ=environ) as core:
        found = installed()
        states = dict.fromkeys(found.features, FeatureState.ON) | ({name: state} if name else {})
        core.features.override(RunningStates(found, FeatureStates(states=states)))
        yield core


async def store_sale(core: CoreContainer) -> Sale:
    """Store a customer with a plan, an order, a payment and an active subscription, and return their ids."""
    buyer = Customer.arrive(BUYER, "Ana", "ana", "es", NOON)
    plan = ServicePlan(id=PlanId(new_uuid()), name="Plan", soft_id="plan", price=Money(2999, "EUR"), created_at=NOON)
    order = Order.open(buyer.id, plan, NOON, NOON + timedelta(minutes=35))
    subscription = Subscription.begin(order, "acme", "sub-1", NOON)
    subscription.status, subscription.access_until = SubscriptionStatus.ACTIVE, NOON + timedelta(days=31)
    payment = Payment.capture(
        provider="acme",
        payment_key="pay-1",
        customer_id=buyer.id,
        order_id=order.id,
        amount=order.price,
        is_renewal=False,
        occurred_at=NOON,
        now=NOON,
    )
    payment.subscription_id = subscription.id
    async with core.units()() as uow:
        await uow.customers.save(buyer)
        await uow.plans.save(plan)
        await uow.orders.add_if_new(order)
        await uow.subscriptions.save(subscription)
        await uow.write(PAYMENTS).add_if_new(payment)
        await uow.commit()
    return Sale(buyer.id, plan.id, order.id, subscription.id, payment.id)


@asynccontextmanager
async def furnished(subject: Subject) -> AsyncIterator[tuple[str, Sale]]:
    """Provide a copy of the database with a sale and the feature's rows, together with the ids of the sale."""
    async with copy_of(subject.database) as url:
        async with core_on(url, FeatureState.ON, subject.name) as core:
            sale = await store_sale(core)
        statements = [filled(each, sale) for each in subject.rows]
        await _execute(url, *statements)
        yield url, sale


def filled(statement: str, sale: Sale) -> str:
    """Return a statement with its placeholders, such as `:customer`, replaced by the ids of the sale."""
    for name, value in vars(sale).items():
        statement = statement.replace(f":{name}", f"'{value}'")
    return statement
