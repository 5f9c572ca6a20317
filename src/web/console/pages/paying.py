"""Console pages of payment methods, which can be enabled and reordered, and of payments that staff
confirms manually.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.application.catalog.see_methods import MethodState
from subscriptions.application.lists.columns import (
    DASH,
    Amount,
    Code,
    Look,
    Moment,
    Person,
    Piece,
    Speaker,
    State,
    Terms,
    Text,
)
from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.awaited_payments import AwaitedPayment
from subscriptions.application.payments.confirm_by_hand import ConfirmPayment, RefusePayment
from subscriptions.domain.entities.spoken import nearest, text_for
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit


class Lacks(Terms):
    """Table column of missing or invalid settings, each with instructions."""

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return the cell's content. See the base class."""
        pieces = [(Piece(name, Look.CODE), Piece(problem, Look.QUIET)) for name, problem in row[self.name]]
        return [piece for pair in pieces for piece in pair if piece.text] or (DASH,)


METHODS: Final = (
    Text("method"),
    State("status", words="method_state"),
    Text("money", words="money_mode"),
    Lacks("lacks"),
)
AWAITED_PAYMENTS: Final = (
    Person("customer"),
    Amount("amount"),
    Text("plan"),
    Text("method"),
    Code("reference"),
    Moment("asked_at"),
    Text("said", words="said"),
)
MOST: Final = 100
"""Maximum number of payments on the page; the newest ones are shown."""


async def methods(visit: Visit) -> Mapping[str, Any]:
    """Show all installed payment methods: first the configured ones in the order that customers see, then
    the others.
    """
    method_states = await visit.use.methods().all(visit.who)
    able = [item.code for item in method_states if item.is_configured]
    return {
        "columns": METHODS,
        "rows": [_method_row(visit, item) for item in method_states],
        "offered": lambda row: _of_method(row, able),
    }


def _method_row(visit: Visit, item: MethodState) -> Row:
    """Return the table row of a payment method.

    lacks: missing or invalid settings with instructions, or the required settings of a method without any;
        the settings' values are never shown
    """
    status = "on" if item.sells else "off" if item.is_configured else "broken" if item.is_broken else "bare"
    return {
        "id": item.code,
        "method": _label(visit, item.label, item.code),
        "status": status,
        "money": {True: "live", False: "test", None: None}[item.livemode],
        "lacks": [
            (each.name, text_for(each.problem, visit.words.language))
            for each in item.settings
            if each.problem is not None
        ]
        or (_asked(visit, item.code) if status == "bare" else ()),
    }


def _asked(visit: Visit, code: str) -> Sequence[tuple[str, str]]:
    """Return the settings with which a provider is set up, the last with the provider's page where the values are."""
    descriptor = visit.use.core.gateways().descriptors().get(code)
    if descriptor is None or descriptor.enrolment is None:
        return ()
    *others, last = descriptor.enrolment.asks or ("",)
    return [*((name, "") for name in others), (last, nearest(descriptor.enrolment.where, visit.words.language) or "")]


def _label(visit: Visit, label: Mapping[str, str], code: str) -> str:
    return nearest(label, visit.words.language) or next(iter(label.values()), code)


def _of_method(row: Row, able: Sequence[str]) -> Sequence[str]:
    if row["id"] not in able:
        return ()
    is_first, is_last = row["id"] == able[0], row["id"] == able[-1]
    switch = "hide_payment_method" if row["status"] == "on" else "show_payment_method"
    return (
        switch,
        *(() if is_first else ("raise_payment_method",)),
        *(() if is_last else ("lower_payment_method",)),
    )


async def list_awaited(visit: Visit) -> Mapping[str, Any]:
    """Show the newest payments that await confirmation by staff because no provider reports them."""
    awaited_payments = await visit.use.awaited_payments().list_waiting(visit.who, limit=MOST)
    return {
        "columns": AWAITED_PAYMENTS,
        "rows": [_awaited_row(visit, item) for item in awaited_payments],
        "offered": _of_awaited,
    }


def _awaited_row(visit: Visit, item: AwaitedPayment) -> Row:
    who = item.customer
    return {
        "id": item.id,
        "customer_id": who.id,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "username": who.username,
        "telegram_id": who.telegram_id,
        "amount": item.amount,
        "plan": item.plan,
        "method": _label(visit, item.label, "–"),
        "reference": item.session_ref,
        "asked_at": item.asked_at,
        "said": item.decision.replace(".", "_") if item.decision is not None else None,
    }


def _of_awaited(row: Row) -> Sequence[str]:
    return (ConfirmPayment.name, RefusePayment.name) if row["said"] is None else ()


PAGES: Final = (
    Page("arrivals", "/arrivals", "table.html", StaffAction.CONFIRM_PAYMENT, list_awaited, MenuSection.MONEY),
    Page("methods", "/methods", "table.html", StaffAction.ARRANGE_METHODS, methods, MenuSection.SETTINGS),
)
