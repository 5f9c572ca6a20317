"""Panel pages of payment methods, for owners only: enable, disable, reorder, and test by a purchase."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from bot.panel.data import data
from bot.panel.pages.staff.commands import press
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens.panel.catalog import methods as screens
from subscriptions.application.catalog.arrange_method import HideMethod, LowerMethod, RaiseMethod, ShowMethod
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.catalog.see_methods import MethodState
from subscriptions.application.checkout.purchase_terms import (
    AlreadySubscribed,
    Barred,
    NoPaymentMethod,
    PaymentUnderReview,
    TermsNotAccepted,
)
from subscriptions.application.views.refusals import Verbatim
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.payment_gateway import GatewayRejected, GatewayUnavailable
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)

_REFUSALS: Final = (TermsNotAccepted, AlreadySubscribed, PaymentUnderReview, Barred, PlanUnavailable, NoPaymentMethod)
REFUSALS: Final[Mapping[type[UmbralError], str]] = {
    TermsNotAccepted: "terms",
    AlreadySubscribed: "owned",
    PaymentUnderReview: "review",
    Barred: "barred",
    PlanUnavailable: "gone",
    NoPaymentMethod: "unfit",
}


async def methods(visit: Visit) -> Screen:
    """Show all payment methods."""
    return await _list(visit)


async def _list(visit: Visit, note: str | None = None) -> Screen:
    method_states = await visit.use.methods().all(visit.who)
    return screens.methods(visit.t, method_states, note, by_hand=visit.use.awaited_payments().is_offered())


async def method(visit: Visit) -> Screen:
    """Show one payment method."""
    return await _card(visit)


async def _card(visit: Visit, note: str | None = None) -> Screen:
    method_states = await visit.use.methods().all(visit.who)
    item = _method_state(visit, method_states)
    others = sum(each.is_configured for each in method_states) - 1
    return screens.method(visit.t, item, others, note)


def _method_state(visit: Visit, method_states: Sequence[MethodState]) -> MethodState:
    item = next((each for each in method_states if each.code == visit.part()), None)
    if item is None:
        raise Stale("no such way to pay")
    return item


async def test(visit: Visit) -> Screen:
    """Ask for the plan of a test purchase."""
    item = _method_state(visit, await visit.use.methods().all(visit.who))
    return screens.trial(visit.t, item, await visit.use.try_method().plans(visit.who, item.code))


async def attempt(visit: Visit) -> Screen:
    """Start a test purchase and show its checkout. If the purchase is refused, show the reason above
    the method's card.
    """
    item = _method_state(visit, await visit.use.methods().all(visit.who))
    try:
        checkout = await visit.use.try_method()(visit.who, item.code, visit.part(1))
    except (
        TermsNotAccepted,
        AlreadySubscribed,
        PaymentUnderReview,
        Barred,
        PlanUnavailable,
        NoPaymentMethod,
    ) as refusal:
        return await _card(visit, visit.t(f"methods.refused.{REFUSALS[type(refusal)]}"))
    except (GatewayUnavailable, GatewayRejected) as error:
        log.warning("a test payment fails", provider=item.code, reason=str(error))
        word = "silent" if isinstance(error, GatewayUnavailable) else "rejected"
        return await _card(visit, visit.t(f"methods.refused.{word}", reason=Verbatim(str(error))))
    note = visit.t("methods.trying", label=screens.button_word(visit.t, item), money=screens.mode(visit.t, item))
    return checkout_screens.trial(visit.t, checkout, note, data("method", item.code))


PAGES: Final[Mapping[str, Page]] = {
    "methods": Page(StaffAction.ARRANGE_METHODS, methods),
    "method": Page(StaffAction.ARRANGE_METHODS, method),
    "method.on": press(ShowMethod, _card),
    "method.off": press(HideMethod, _card),
    "method.up": press(RaiseMethod, _list),
    "method.down": press(LowerMethod, _list),
    "method.test": Page(StaffAction.ARRANGE_METHODS, test),
    "method.try": Page(StaffAction.ARRANGE_METHODS, attempt),
}
