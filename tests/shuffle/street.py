"""Simulation of one shop with some customers: bursts of duplicated and shuffled events, with the guarantees checked
after each burst.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from subscriptions.application.subscriptions.offered_changes import BeingBought
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import InboxId, identifiers_from
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.shop import Shop, memory_shop
from tests.shuffle.promises import Broken, hold
from tests.shuffle.tills import Tills
from tests.year.chance import Chance, Stream

CUSTOMERS = 3
PER_STREET = 100
"""Number of deliveries to one shop. The next shop starts empty, because many rows in memory slow down later work."""

TRIES = 60


@dataclass(frozen=True)
class Outcome:
    """Result of a run. moved: number of plan changes. broken: the violated guarantee with the street's number; None if
    all were fulfilled.
    """

    delivered: int
    streets: int
    taken: int
    moved: int
    broken: str | None


async def shuffled(seed: int, events: int, opened: Callable[[], Shop] = memory_shop) -> Outcome:
    """Simulate the given number of deliveries, chosen by a seed, and return the result. opened: function that builds a
    shop.
    """
    delivered = taken = moved = number = 0
    while delivered < events:
        chance = Chance(seed * 100_003 + number)
        with identifiers_from(chance.of("identifiers").randbytes):
            street = Street(chance.of("street"), opened())
            try:
                delivered += await street.play(min(PER_STREET, events - delivered))
            except Broken as fault:
                return Outcome(delivered, number + 1, taken, moved, f"street {number}: {fault}")
        taken += len(street.tills.taken)
        moved += street.moved
        number += 1
    return Outcome(delivered, number, taken, moved, None)


class Street:
    """A simulated shop with its customers and the events of its payment providers."""

    def __init__(self, chance: Stream, shop: Shop) -> None:
        self._chance = chance
        self.shop = shop
        self.tills = Tills(shop, chance)
        self.moved = 0

    async def play(self, deliveries: int) -> int:
        """Simulate at least the given number of deliveries and return their number. Raises Broken if a guarantee is
        violated.
        """
        self.shop.sells_by_all()
        people = [await self.shop.customer() for _ in range(CUSTOMERS)]
        plans = [
            await self.shop.plan(),
            await self.shop.plan(recurring=False, interval=None, duration_days=30, price=Money(1500, "EUR")),
            await self.shop.plan(recurring=False, interval=None, duration_days=20, price=Money(2100, "EUR")),
        ]
        for plan in plans:
            await self.shop.charges("tokens", plan, Money(1500, "XTR"))
        made = 0
        while made < deliveries:
            letters: list[PaymentEvent] = []
            for _ in range(self._chance.randint(1, 6)):
                letters += await self.tills.act(self._chance.choice(people), self._chance.choice(plans))
            person = self._chance.choice(people)
            await self._go_over(person)
            made += await self._deliver(letters)
            await self._go_over(person)
            await self._look_after()
            hold(self.shop, self.tills)
            self.shop.clock.advance(self._chance.wait(timedelta(minutes=1), timedelta(days=12)))
        return made

    async def _deliver(self, letters: list[PaymentEvent]) -> int:
        """Deliver each letter one to three times in random order. Retries events that cannot be applied yet."""
        posted = [letter for letter in letters for _ in range(self._chance.randint(1, 3))]
        self._chance.shuffle(posted)
        waiting = [await self.shop.store(letter) for letter in posted]
        for _ in range(TRIES):
            self._chance.shuffle(waiting)
            waiting = [one for one in waiting if not await self._applied(one)]
            if not waiting:
                break
            self.shop.clock.advance(timedelta(seconds=5))
        return len(posted)

    async def _go_over(self, person: Customer) -> None:
        """Change a customer to another plan with the credit of a payment, if the product offers the change."""
        offers = await self.shop.changes.offers(person.telegram_id)
        if not offers:
            return
        offer = self._chance.choice(offers)
        asked = person.telegram_id, offer.subscription, offer.to_soft_id
        try:
            quote = await self.shop.changes.quote(*asked)
        except BeingBought:
            return
        await self.shop.changes(*asked, quote.as_of)
        self.moved += 1

    async def _applied(self, inbox_id: InboxId) -> bool:
        try:
            await self.shop.apply(inbox_id)
        except RetryLater:
            return False
        except Permanent as refusal:
            raise Broken(f"an event cannot be applied: {refusal}") from refusal
        return True

    async def _look_after(self) -> None:
        """Run the worker's check of the subscriptions whose period is over."""
        for row in self.shop.memory.rows("subscriptions"):
            if row.live and row.access_until is not None and row.access_until <= self.shop.clock.now():
                await self.shop.check(row.id)
