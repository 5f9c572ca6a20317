"""Check that repeated lookups by equality reuse their compiled statements."""

from __future__ import annotations

from subscriptions.domain.ids import CustomerId, OrderId, SubscriptionId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.infrastructure.repositories.store import _kept_look_up


async def look_up(uow: UnitOfWork) -> None:
    """Run the lookups needed by nearly every event, with unknown ids."""
    customer, order, subscription = CustomerId(new_uuid()), OrderId(new_uuid()), SubscriptionId(new_uuid())
    await uow.customers.get(customer)
    await uow.customers.get(customer, lock=True)
    await uow.customers.by_telegram_id(TelegramId(1))
    await uow.orders.get(order)
    await uow.plans.all()
    await uow.payments.of_order(order)
    await uow.subscriptions.get(subscription)
    await uow.subscriptions.of_customer(customer)
    await uow.accesses.of_customer(customer)
    await uow.of(WITHDRAWALS_KEY).of_customer(customer)


async def test_repeated_lookup_compiles_no_statement(units: UnitOfWorkFactory) -> None:
    made = []
    for _ in range(3):
        async with units() as uow:
            await look_up(uow)
        made.append(_kept_look_up.cache_info().misses)
    assert made == [made[0]] * 3
