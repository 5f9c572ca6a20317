"""Money given back to a customer, by the use case that the chat's panel has."""

from typing import Final
from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.filled import typed_money
from web.console.pages.about import REASON, customer_page, read_id
from web.console.visit import Action, Field, Target, Typed, Visit


def _person(who: Customer, **facts: object) -> Target:
    # Who has no @username is mentioned by their first name.
    known = " · ".join(dict.fromkeys((who.first_name, who.mention)))
    return Target(str(who.id), known, customer_page(who.id), {"name": who.mention, **facts})


async def _payment(visit: Visit, about: str) -> Target | None:
    found = await visit.use.customers().payment(visit.who, PaymentId(read_id(about)))
    if found is None or found[1].refundable is None:
        return None
    who, paid = found
    at, whole, left = visit.words.day(paid.at), paid.amount, paid.refundable
    target = _person(who, of=whole, at=at, left=left, reference=paid.reference, plain=left.plain if left else "")
    return Target(about, f"{target.name} · {visit.words.money(whole)} · {at}", target.back, target.facts)


async def _refund(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    amount = typed_money(typed["amount"], target)
    if amount is None:
        raise InvalidInput("amount", "is more than is left")
    await visit.use.refund()(visit.who, PaymentId(UUID(target.id)), amount, typed["reason"], operation)
    return "refunding"


AMOUNT: Final = Field("amount", "money", known=lambda target: str(target.facts["plain"]))
ACTIONS: Final = (Action("refund", StaffAction.REFUND_PAYMENT, _payment, _refund, (AMOUNT, REASON)),)
