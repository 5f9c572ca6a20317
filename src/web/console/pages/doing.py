"""What is done for or to a customer, by the use cases that the chat's panel has."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from subscriptions.application.access.change_access import TimeBilled
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId, PaymentId, PlanId, SubscriptionId
from subscriptions.domain.services.staff_policy import GIVEN, StaffAction
from web.console.filled import typed_money
from web.console.pages.about import REASON, customer_page, read_id
from web.console.said import Said
from web.console.visit import Action, Field, Target, Typed, Visit

NO_ROLE: Final = "none"
DAYS: Final = Field("days", "days")


def _person(who: Customer, **facts: object) -> Target:
    # Who has no @username is mentioned by their first name.
    known = " · ".join(dict.fromkeys((who.first_name, who.mention)))
    return Target(str(who.id), known, customer_page(who.id), {"name": who.mention, **facts})


async def _customer(visit: Visit, about: str) -> Target | None:
    who = await visit.use.customers().get(visit.who, CustomerId(read_id(about)))
    return _person(who) if who is not None else None


async def _subscription(visit: Visit, about: str) -> Target | None:
    found = await visit.use.customers().held(visit.who, SubscriptionId(read_id(about)))
    if found is None:
        return None
    who, held = found
    target = _person(who, plan=held.plan, until=visit.words.moment(held.until))
    return Target(about, f"{target.name} · {held.plan}", target.back, target.facts)


async def _payment(visit: Visit, about: str) -> Target | None:
    found = await visit.use.customers().payment(visit.who, PaymentId(read_id(about)))
    if found is None or found[1].refundable is None:
        return None
    who, paid = found
    at, whole, left = visit.words.day(paid.at), paid.amount, paid.refundable
    target = _person(who, of=whole, at=at, left=left, reference=paid.reference, plain=left.decimal if left else "")
    return Target(about, f"{target.name} · {visit.words.money(whole)} · {at}", target.back, target.facts)


async def _extend(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    subscription = SubscriptionId(UUID(target.id))
    try:
        await visit.use.access().extend(visit.who, subscription, int(typed["days"]), typed["reason"], operation)
    except TimeBilled as refused:
        spare, until = Said(visit.words).unit("day", refused.spare), visit.words.moment(refused.until)
        raise Wrong(refused.field, question="days", days=spare, until=until) from None
    return "extended"


async def _suspend(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    out = await visit.use.access().suspend(visit.who, SubscriptionId(UUID(target.id)), typed["reason"])
    return "suspended" if out else "suspended_too"


async def _restore(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    on = await visit.use.access().restore(visit.who, SubscriptionId(UUID(target.id)), typed["reason"])
    return "restored" if on else "restored_not_yet"


async def _remove(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    await visit.use.access().remove(visit.who, SubscriptionId(UUID(target.id)), typed["reason"], operation)
    return "removed"


async def _invite(visit: Visit, target: Target, _: Typed, operation: UUID) -> str:
    sent = await visit.use.resend()(visit.who, SubscriptionId(UUID(target.id)), str(operation))
    return "sent" if sent else "not_sent"


async def _pages(visit: Visit, target: Target, _: Typed, operation: UUID) -> str:
    sent = await visit.use.offer_pages()(visit.who, SubscriptionId(UUID(target.id)), str(operation))
    return "pages_sent" if sent else "over"


async def _plans(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    return [(plan.soft_id, plan.label) for plan in await visit.use.pricing().get_all_plans()]


async def _grant(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    plans = {plan.soft_id: plan.id for plan in await visit.use.pricing().get_all_plans()}
    plan = plans.get(typed["plan"])
    if plan is None:
        raise InvalidInput("plan", "is gone")
    customer, days = CustomerId(UUID(target.id)), int(typed["days"])
    await visit.use.access().grant(visit.who, customer, PlanId(plan), days, typed["reason"], operation)
    return "granted"


async def _note(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    await visit.use.note()(visit.who, CustomerId(UUID(target.id)), typed["note"], operation)
    return "noted"


def _bar(*, barred: bool) -> Callable[[Visit, Target, Typed, UUID], Awaitable[str]]:
    async def run(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
        await visit.use.bar()(visit.who, CustomerId(UUID(target.id)), typed["reason"], barred=barred)
        return "now_barred" if barred else "now_free"

    return run


async def _roles(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    return [(role, visit.words.one_of("chat.panel.role", role)) for role in GIVEN] + [
        (NO_ROLE, visit.words("field.no_role"))
    ]


async def _role(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    role = None if typed["role"] == NO_ROLE else StaffRole(typed["role"])
    await visit.use.staff().set_role(visit.who, CustomerId(UUID(target.id)), role, typed["reason"])
    return "role_set"


async def _refund(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    amount = typed_money(typed["amount"], target)
    if amount is None:
        raise InvalidInput("amount", "is more than is left")
    await visit.use.refund()(visit.who, PaymentId(UUID(target.id)), amount, typed["reason"], operation)
    return "refunding"


AMOUNT: Final = Field("amount", "money", known=lambda target: str(target.facts["plain"]))
ACTIONS: Final = (
    Action("extend", StaffAction.EXTEND_ACCESS, _subscription, _extend, (DAYS, REASON)),
    Action("suspend", StaffAction.SUSPEND_ACCESS, _subscription, _suspend, (REASON,)),
    Action("restore", StaffAction.RESTORE_ACCESS, _subscription, _restore, (REASON,)),
    Action("remove", StaffAction.REMOVE_ACCESS, _subscription, _remove, (REASON,)),
    Action("invite", StaffAction.RESEND_INVITE, _subscription, _invite),
    Action("pages", StaffAction.OFFER_PAGES, _subscription, _pages),
    Action("grant", StaffAction.GRANT_PLAN, _customer, _grant, (Field("plan", "choice", _plans), DAYS, REASON)),
    Action("note", StaffAction.NOTE_CUSTOMER, _customer, _note, (Field("note", "long"),)),
    Action("block", StaffAction.BLOCK_CUSTOMER, _customer, _bar(barred=True), (REASON,)),
    Action("unblock", StaffAction.UNBLOCK_CUSTOMER, _customer, _bar(barred=False), (REASON,)),
    Action("role", StaffAction.MANAGE_STAFF, _customer, _role, (Field("role", "choice", _roles), REASON)),
    Action("refund", StaffAction.REFUND_PAYMENT, _payment, _refund, (AMOUNT, REASON)),
)
