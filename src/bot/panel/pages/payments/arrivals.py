"""«Pagos por confirmar»: what somebody of staff saw arrive at the bank, said with a second tap."""

from collections.abc import Mapping
from typing import Final

from bot.panel.pages.staff.commands import press
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.frame import HOME
from bot.screens.panel.payments import arrivals as screens
from subscriptions.application.payments.awaited_payments import AwaitedPayment
from subscriptions.application.payments.confirm_by_hand import ConfirmByHand, ConfirmPayment, RefusePayment
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 8


async def arrivals(visit: Visit) -> Screen:
    """What waits, the newest first."""
    return await _list(visit, visit.number())


async def _list(visit: Visit, page: int = 0, note: str | None = None) -> Screen:
    awaited_payments = await visit.use.awaited_payments().list_waiting(visit.who, limit=PAGE + 1, offset=page * PAGE)
    way_back = "methods" if visit.may(StaffAction.ARRANGE_METHODS) else HOME
    return screens.payment_list(visit.t, awaited_payments[:PAGE], page, len(awaited_payments) > PAGE, note, way_back)


async def arrival(visit: Visit) -> Screen:
    """One of them."""
    awaited_payment = await _find(visit)
    return screens.one(visit.t, awaited_payment) if awaited_payment is not None else await _list_without(visit)


async def yes(visit: Visit) -> Screen:
    """Really arrived?"""
    return await _sure(visit, ConfirmPayment)


async def no(visit: Visit) -> Screen:
    """Really not to come?"""
    return await _sure(visit, RefusePayment)


async def _list_after(visit: Visit, note: str) -> Screen:
    return await _list(visit, note=note)


async def _sure(visit: Visit, act: type[ConfirmByHand]) -> Screen:
    awaited_payment = await _find(visit)
    return screens.sure(visit.t, awaited_payment, act) if awaited_payment is not None else await _list_without(visit)


async def _list_without(visit: Visit) -> Screen:
    return await _list(visit, note=visit.t("arrivals.gone"))


async def _find(visit: Visit) -> AwaitedPayment | None:
    return await visit.use.awaited_payments().one(visit.who, f"{visit.id()}.{visit.number(1)}")


PAGES: Final[Mapping[str, Page]] = {
    "arrivals": Page(StaffAction.CONFIRM_PAYMENT, arrivals),
    "arrival": Page(StaffAction.CONFIRM_PAYMENT, arrival),
    "arrival.yes": Page(StaffAction.CONFIRM_PAYMENT, yes),
    "arrival.yes2": press(ConfirmPayment, _list_after),
    "arrival.no": Page(StaffAction.REFUSE_PAYMENT, no),
    "arrival.no2": press(RefusePayment, _list_after),
}
