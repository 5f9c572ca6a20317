"""Random payments, refunds and disputes at the simulated providers of a shop, and the events that report them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.fakes.counter import Counter
from tests.fakes.shop import Shop
from tests.year.chance import Stream

Kind = PaymentEventKind
ONCE = ("coins", "tokens")
"""Providers that charge once: the first does not refund automatically, the second does. The third provider, `acme`,
manages subscriptions.
"""


@dataclass
class Taken:
    """Payment captured by a provider. back: refunded amount in minor units. disputed: the id of the dispute."""

    event: PaymentEvent
    amount: Money
    part: bool = False
    back: int = 0
    disputed: str | None = None


@dataclass
class Tills:
    """Providers of one shop. taken: all payments ever captured, by provider and payment key."""

    shop: Shop
    chance: Stream
    taken: dict[tuple[str, str], Taken] = field(default_factory=dict)
    _refunds: int = 0

    async def act(self, person: Customer, plan: ServicePlan) -> list[PaymentEvent]:
        """Perform one random event and return the events that report it."""
        acts: list[Callable[[], list[PaymentEvent]]] = [self._renew, self._fail, self._end, self._update]
        acts += [self._refund, self._refund_part, self._dispute, self._close_dispute]
        if self.chance.happens(0.5):
            return await self._buy(person, plan)
        return self.chance.choice(acts)()

    async def _buy(self, person: Customer, plan: ServicePlan) -> list[PaymentEvent]:
        method = self.chance.choice(("acme", *ONCE))
        try:
            view = await self.shop.start(person.telegram_id, plan.soft_id, method)
        except UmbralError:
            return []
        if method == "acme":
            session = next((s.id for s in self.shop.provider.sessions.values() if s.url == view.url), "")
            return self._pay_acme(session, plan)
        till = self.shop.coins if method == "coins" else self.shop.stars
        session = next((ref for ref in till.checkouts if view.url.endswith(ref)), "")
        return self._pay_once(till, session)

    def _pay_acme(self, session: str, plan: ServicePlan) -> list[PaymentEvent]:
        provider = self.shop.provider
        if session in provider.captured or session in provider.closed or self.chance.happens(0.1):
            return []
        reported = [provider.pay_once(session)] if not plan.recurring else list(provider.pay(session))
        provider.captured.setdefault(session, reported[0])
        self._took(reported[-1])
        return reported

    def _pay_once(self, till: Counter, session: str) -> list[PaymentEvent]:
        asked = till.checkouts[session].amount
        how = self.chance.random()
        if any(one.event.checkout_ref == session for one in self.taken.values()) or how < 0.1:
            return []
        if how < 0.3 and asked.minor > 1:
            some = Money(self.chance.randint(1, asked.minor - 1), asked.currency)
            return [self._took(till.underpaid(session, some), part=True)]
        if how < 0.4:
            return [
                self._took(till.overpaid(session, Money(asked.minor + self.chance.randint(1, 500), asked.currency)))
            ]
        return [self._took(till.paid(session))]

    def _renew(self) -> list[PaymentEvent]:
        ref = self._running()
        if ref is None:
            return []
        price = self.shop.provider.subscriptions[ref].price
        assert price is not None
        return [self._took(self.shop.provider.renew(ref, price))]

    def _fail(self) -> list[PaymentEvent]:
        ref = self._running()
        if ref is None:
            return []
        failed = self.shop.provider.fail_renewal(ref)
        price = self.shop.provider.subscriptions[ref].price
        if price is None or self.chance.happens(0.3):
            return [failed]
        return [failed, self._took(self.shop.provider.recover(ref, price))]

    def _end(self) -> list[PaymentEvent]:
        ref = self._running()
        return [self.shop.provider.end(ref)] if ref is not None and self.chance.happens(0.3) else []

    def _update(self) -> list[PaymentEvent]:
        ref = self._running()
        return [self.shop.provider.updated(ref)] if ref is not None else []

    def _refund(self) -> list[PaymentEvent]:
        one = self._left()
        return [self._gave_back(one, one.amount.minor - one.back)] if one is not None else []

    def _refund_part(self) -> list[PaymentEvent]:
        one = self._left()
        if one is None or one.amount.minor - one.back < 2:
            return []
        return [self._gave_back(one, self.chance.randint(1, one.amount.minor - one.back - 1))]

    def _gave_back(self, one: Taken, minor: int) -> PaymentEvent:
        one.back += minor
        return self._reverse(
            Kind.REFUND, one, f"back-{self._number()}", amount_refunded=Money(minor, one.amount.currency)
        )

    def _dispute(self) -> list[PaymentEvent]:
        one = self._left()
        if one is None or one.event.provider != "acme" or one.disputed is not None:
            return []
        one.disputed = f"dispute-{self._number()}"
        return [self._reverse(Kind.DISPUTE_OPENED, one, one.disputed, amount=one.amount)]

    def _close_dispute(self) -> list[PaymentEvent]:
        open_ones = [one for one in self.taken.values() if one.disputed is not None and one.back == 0]
        if not open_ones:
            return []
        one = self.chance.choice(open_ones)
        lost = self.chance.happens(0.5)
        key, one.disputed = one.disputed or "", None
        one.back = one.amount.minor if lost else one.back
        return [self._reverse(Kind.DISPUTE_CLOSED, one, key, reason="lost" if lost else "won", amount=one.amount)]

    def _reverse(self, kind: Kind, one: Taken, key: str, **facts: Any) -> PaymentEvent:
        whose = {"order_id": one.event.order_id, "telegram_id": one.event.telegram_id}
        about = {"payment_key": key, "about_payment": one.event.payment_key, **whose, **facts}
        if one.event.provider == "acme":
            return self.shop.provider.create_event(kind, "money.back", **about)
        till = self.shop.coins if one.event.provider == "coins" else self.shop.stars
        return till.create_event(kind, **about)

    def _took(self, event: PaymentEvent, *, part: bool = False) -> PaymentEvent:
        assert event.payment_key is not None
        assert event.amount is not None
        self.taken[event.provider, event.payment_key] = Taken(event, event.amount, part)
        self.shop.clock.advance(timedelta(seconds=self.chance.randint(1, 20)))
        return event

    def _running(self) -> str | None:
        running = [ref for ref, one in self.shop.provider.subscriptions.items() if str(one.status) != "ended"]
        return self.chance.choice(running) if running else None

    def _left(self) -> Taken | None:
        left = [one for one in self.taken.values() if one.back < one.amount.minor and one.disputed is None]
        return self.chance.choice(left) if left else None

    def _number(self) -> int:
        self._refunds += 1
        return self._refunds
