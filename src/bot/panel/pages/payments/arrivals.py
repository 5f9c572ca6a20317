"""«Pagos por confirmar»: what somebody of staff saw arrive at the bank, said with a second tap."""

from collections.abc import Mapping
from typing import Final

from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.frame import HOME
from bot.screens.panel.payments import arrivals as screens
from subscriptions.application.payments.confirm_by_hand import AwaitedPayment
from subscriptions.domain.ids import OrderId
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 8


async def arrivals(visit: Visit) -> Screen:
    """What waits, the newest first."""
    return await _list(visit, visit.number())


async def _list(visit: Visit, page: int = 0, note: str | None = None) -> Screen:
    awaited_payments = await visit.use.confirmations().waiting(visit.who, limit=PAGE + 1, offset=page * PAGE)
    back = "methods" if visit.may(StaffAction.ARRANGE_METHODS) else HOME
    return screens.listed(visit.t, awaited_payments[:PAGE], page, len(awaited_payments) > PAGE, note, back)


async def arrival(visit: Visit) -> Screen:
    """One of them."""
    awaited_payment = await _found(visit)
    return screens.one(visit.t, awaited_payment) if awaited_payment is not None else await _gone(visit)


async def yes(visit: Visit) -> Screen:
    """Really arrived?"""
    return await _sure(visit, "yes")


async def no(visit: Visit) -> Screen:
    """Really not to come?"""
    return await _sure(visit, "no")


async def confirmed(visit: Visit) -> Screen:
    """It is passed on like any payment."""
    outcome = await visit.use.confirmations().confirm(visit.who, *_where(visit))
    return await _list(visit, note=visit.t(f"arrivals.confirm.{outcome}"))


async def refused(visit: Visit) -> Screen:
    """The checkout is closed."""
    outcome = await visit.use.confirmations().refuse(visit.who, *_where(visit))
    return await _list(visit, note=visit.t(f"arrivals.refuse.{outcome}"))


async def _sure(visit: Visit, word: str) -> Screen:
    awaited_payment = await _found(visit)
    return screens.sure(visit.t, awaited_payment, word) if awaited_payment is not None else await _gone(visit)


async def _gone(visit: Visit) -> Screen:
    return await _list(visit, note=visit.t("arrivals.gone"))


async def _found(visit: Visit) -> AwaitedPayment | None:
    return await visit.use.confirmations().one(visit.who, *_where(visit))


def _where(visit: Visit) -> tuple[OrderId, int]:
    return OrderId(visit.id()), visit.number(1)


PAGES: Final[Mapping[str, Page]] = {
    "arrivals": Page(StaffAction.CONFIRM_PAYMENT, arrivals),
    "arrival": Page(StaffAction.CONFIRM_PAYMENT, arrival),
    "arrival.yes": Page(StaffAction.CONFIRM_PAYMENT, yes),
    "arrival.yes2": Page(StaffAction.CONFIRM_PAYMENT, confirmed),
    "arrival.no": Page(StaffAction.REFUSE_PAYMENT, no),
    "arrival.no2": Page(StaffAction.REFUSE_PAYMENT, refused),
}
