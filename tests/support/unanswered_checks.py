"""Bulk expiries with customers whose provider does not respond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, ProviderStatus
from tests.fakes.provider import PERIOD
from tests.support.bulk_expiry import Rig

AWAY = GatewayUnavailable("acme", "away")
SOON = timedelta(seconds=20)


async def over(rig: Rig, answered: int, silent: int) -> None:
    """Sell subscriptions whose paid periods end together, and run the checks at that time. The provider does not
    respond about the last subscriptions. answered, silent: numbers of subscriptions with and without a response.
    """
    await rig.sell(answered + silent)
    rig.shop.clock.advance(PERIOD)
    rig.shop.provider.errors = [None] * answered + [AWAY] * silent
    await rig.tick()


async def stays_away(rig: Rig, silent: int, span: timedelta) -> None:
    """Advance the clock by the given time in steps, and make all checks at the provider fail meanwhile. silent: number
    of checks that fail in each step.
    """
    ends = rig.shop.clock.now() + span
    while rig.shop.clock.now() < ends:
        rig.shop.clock.advance(SOON)
        rig.shop.provider.errors = [AWAY] * silent
        await rig.tick()
    rig.shop.provider.errors = []


async def asked(rig: Rig) -> list[str]:
    """Return the number of customers in each confirmation request to the owners."""
    return [question["people"] for question in await rig.questions()]


def renewed(rig: Rig, numbers: range) -> None:
    """Renew the subscriptions with these numbers at the provider, without a webhook."""
    now = rig.shop.clock.now()
    for number in numbers:
        rig.shop.provider.change(
            f"sub-{number}",
            status=ProviderStatus.ACTIVE,
            cancel_at_period_end=False,
            cancel_at=None,
            current_period_start=now,
            current_period_end=now + PERIOD,
        )


async def gathering(rig: Rig) -> int:
    """Return the number of bulk expiries that are waiting for responses from providers."""
    async with rig.shop.units() as uow:
        return len(await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING))


async def change(rig: Rig, people: Sequence[Customer], how: Callable[[Subscription], None]) -> None:
    """Change each customer's subscription in the database without notifying the bulk expiry."""
    async with rig.shop.units() as uow:
        for person in people:
            [subscription] = await uow.subscriptions.of_customer(person.id)
            how(subscription)
            await uow.subscriptions.save(subscription)
        await uow.commit()
