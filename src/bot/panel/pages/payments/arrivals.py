"""«Pagos por confirmar»: payments that staff confirms against a bank statement."""

from collections.abc import Mapping
from typing import Final

from bot.panel.lists import PAGE_SIZE
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.frame import up
from bot.screens.panel.payments import arrivals as screens
from subscriptions.domain.services.staff_policy import StaffAction

ARRIVALS: Final = "arrivals"


async def arrivals(visit: Visit) -> Screen:
    """Show the payments that await confirmation, newest first."""
    return await payments_shown(visit, page=visit.number())


async def payments_shown(visit: Visit, note: str | None = None, page: int = 0) -> Screen:
    """Show the payments that await confirmation. note: result of the previous command."""
    payments = await visit.use.awaited_payments().list_waiting(visit.who, limit=PAGE_SIZE + 1, offset=page * PAGE_SIZE)
    way_back = "methods" if visit.may(StaffAction.ARRANGE_METHODS) else up(ARRIVALS)
    return screens.payment_list(visit.t, payments[:PAGE_SIZE], page, len(payments) > PAGE_SIZE, note, way_back)


async def arrival(visit: Visit) -> Screen:
    """Show one payment, or the list if the payment no longer awaits confirmation."""
    payment = await visit.use.awaited_payments().one(visit.who, f"{visit.id()}.{visit.number(1)}")
    if payment is None:
        return await payments_shown(visit, visit.t("arrivals.gone"))
    return screens.one(visit.t, payment, visit.role)


PAGES: Final[Mapping[str, Page]] = {
    ARRIVALS: Page(StaffAction.CONFIRM_PAYMENT, arrivals),
    "arrival": Page(StaffAction.CONFIRM_PAYMENT, arrival),
}
