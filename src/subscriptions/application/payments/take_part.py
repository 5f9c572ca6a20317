"""An event that tells of less money than was asked for."""

from dataclasses import replace
from typing import Final

from subscriptions.application.payments import part_payments
from subscriptions.application.payments.purchase import Fact, Purchase, Untold, payment_of
from subscriptions.application.payments.record_payment import RecordPayment
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import part_policy, payment_policy, pricing

PART_KEPT: Final = "part of the price"


class TakePart:
    """Keeps a part towards its order, counts it where it makes up the price, or gives it back."""

    def __init__(self, recording: RecordPayment) -> None:
        self._recording = recording

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """What came of it, for the inbox. The page it was paid on takes no more. Raises Untold."""
        event, order, attempt = fact.event, purchase.order, purchase.attempt
        if event.payment_key is None or event.amount is None or event.amount.minor <= 0:
            raise Untold("a part payment without the provider's key or amount")
        if attempt is not None and attempt.session_ref is not None and attempt.session_ref == event.checkout_ref:
            attempt.close()
            await uow.orders.save_attempt(attempt)
        if await uow.payments.by_key(event.provider, event.payment_key) is not None:
            return "counted before"
        part, price = payment_of(purchase, event, event.payment_key, fact.now), pricing.full_price(attempt, order)
        if event.amount.currency != price.currency:
            return await self._recording.set_aside(uow, part, FlagReason.AMOUNT_MISMATCH, fact)
        if payment_policy.somebody_elses(event, order, purchase.customer, None, fact.snapshot):
            return await self._recording.set_aside(uow, part, FlagReason.CUSTOMER_MISMATCH, fact)
        home = await part_payments.counts_towards(uow, order)
        parts = await part_payments.waiting(uow, home.id) if home is not None else []
        total = part_policy.received(parts, price.currency) + event.amount
        if home is None or (home.id != order.id and not total < price):
            await part_payments.give_up(uow, part)
            return f"set aside: {FlagReason.ORDER_CLOSED}"
        if not total < price:
            return await self._enough(uow, purchase, fact, total - price)
        part.order_id = home.id
        await part_payments.keep(uow, home, attempt, part, fact.now)
        return PART_KEPT

    async def of_renewal(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> None:
        """Too little for a further period is no order's: on record, and for a person to decide."""
        event = fact.event
        if event.payment_key is None or event.amount is None or event.amount.minor <= 0:
            return
        if await uow.payments.by_key(event.provider, event.payment_key) is None:
            part = payment_of(purchase, event, event.payment_key, fact.now)
            part.is_renewal = True
            await self._recording.set_aside(uow, part, FlagReason.AMOUNT_MISMATCH, fact)

    async def lacks(self, uow: UnitOfWork, purchase: Purchase, event: PaymentEvent) -> bool:
        """Whether a page was paid that asked the rest of a price, and what came before is there no more: it went back,
        or was counted already. What was paid is then only a part itself.
        """
        attempt, order = purchase.attempt, purchase.order
        asked, price = pricing.asked_by(attempt, order), pricing.full_price(attempt, order)
        paid = event.regular or event.amount
        if purchase.subscription is not None or event.payment_key is None or paid is None or asked == price:
            return False
        if paid.currency != price.currency or await uow.payments.by_key(event.provider, event.payment_key) is not None:
            return False
        return part_policy.received(await part_payments.waiting(uow, order.id), price.currency) + paid < price

    async def _enough(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, excess: Money) -> str:
        """The parts make up the price: the last one counts as if just that much had been asked for."""
        asked = pricing.asked_by(purchase.attempt, purchase.order)
        whole = replace(fact.event, kind=PaymentEventKind.PAYMENT_COMPLETED, regular=asked, reason=None)
        return await self._recording.record(uow, purchase, replace(fact, event=whole), excess if excess.minor else None)
