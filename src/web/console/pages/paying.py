"""Console pages of payment methods, which can be connected, enabled and reordered, and of payments that staff confirms
manually.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from subscriptions.application.catalog.keep_payment_keys import StillNeeded
from subscriptions.application.catalog.see_methods import MethodState
from subscriptions.application.dto.typed_answers import Wrong
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
from subscriptions.bootstrap.payment_desk import Connection
from subscriptions.bootstrap.words import Words as SetupWords
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.spoken import nearest, text_for
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import ROOT, Action, Elsewhere, FormFields, Page, PageGone, Target, Visit


class Lacks(Terms):
    """Table column of missing or invalid settings, each with instructions."""

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return the cell's content. Overrides `Terms.show`."""
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
METHODS_PATH: Final = "/methods"
CONNECTED: Final = "method_connected"
DISCONNECTED: Final = "method_disconnected"
MOST: Final = 100
"""Maximum number of payments on the page; the newest ones are shown."""


async def methods(visit: Visit) -> Mapping[str, Any]:
    """Show all installed payment methods: first the configured methods in the order that customers see, then the other
    methods.
    """
    method_states = await visit.use.methods().all(visit.who)
    able = [item.code for item in method_states if item.is_configured]
    connections = await _connections(visit)
    unconnected = [code for code, each in connections.items() if not each.by_environment and not each.is_connected]
    rows = [_method_row(visit, item) for item in method_states]
    return {
        "columns": METHODS,
        "rows": [row for row in rows if row["status"] not in {"bare", "broken"} or row["id"] not in unconnected],
        "offered": lambda row: _of_method(row, able),
        "connections": list(connections.values()),
        "is_owner": _is_owner(visit),
    }


def _is_owner(visit: Visit) -> bool:
    return visit.staff.staff_role is StaffRole.OWNER


async def _connections(visit: Visit) -> Mapping[str, Connection]:
    """Return the methods that can be connected in the console, keyed by code; empty if the installation's settings are
    not entered in the browser.
    """
    desk = visit.use.payment_desk()
    return await desk.connections() if desk is not None else {}


async def show_connect(visit: Visit) -> Mapping[str, Any]:
    """Show the form for the keys of the method that the URL names. Raises Elsewhere if the method
    cannot be connected.
    """
    try:
        return await connect_form(visit, visit.query("method"))
    except PageGone as gone:
        raise Elsewhere(f"{ROOT}{METHODS_PATH}") from gone


async def connect_form(visit: Visit, code: str) -> Mapping[str, Any]:
    """Return the data of the form for a method's keys. Raises PageGone if the method cannot be connected here, or not
    by this staff member.
    """
    found = (await _connections(visit)).get(code)
    if found is None or found.by_environment or not _is_owner(visit):
        raise PageGone("cannot be connected here")
    return {
        "connection": found,
        "asked_in": SetupWords(visit.words.language),
        "address": f"{visit.use.settings().web_base_url}/webhooks/{code}",
        "problem": "",
    }


async def connect(visit: Visit, fields: Mapping[str, str]) -> None:
    """Check and store the keys of a payment method. Raises Refused if the keys are refused, NotAllowed unless the staff
    member is an owner, and PageGone if the settings of the installation are not entered in the browser.
    """
    desk = visit.use.payment_desk()
    if desk is None:
        raise PageGone("settings are not entered in the browser")
    await desk.connect(visit.who, fields, SetupWords(visit.words.language))


async def _connected(visit: Visit, code: str) -> Target | None:
    found = (await _connections(visit)).get(code)
    is_possible = found is not None and found.is_connected and not found.by_environment and _is_owner(visit)
    return Target(code, found.name, f"{ROOT}{METHODS_PATH}") if found is not None and is_possible else None


async def _disconnect_effect(visit: Visit, target: Target, _: FormFields) -> str:
    """Return the preview of disconnecting a payment method. Raises Wrong while its keys are still needed."""
    desk = visit.use.payment_desk()
    if desk is not None:
        _refuse(await desk.keep.obligations(target.id))
    return visit.words("connect.effect", name=target.name)


async def _disconnect(visit: Visit, target: Target, _: FormFields, _operation: UUID) -> str:
    desk = visit.use.payment_desk()
    if desk is None:
        raise PageGone("settings are not entered in the browser")
    try:
        await desk.keep.disconnect(visit.who, target.id)
    except StillNeeded as needed:
        _refuse(needed.count)
    return DISCONNECTED


def _refuse(count: int) -> None:
    if count:
        raise Wrong("method_needed", n=str(count))


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
    """Return the names of the settings that a provider needs, each with an empty text; the last one has the link to the
    provider's page where the values are found.
    """
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


CONNECT: Final = Page(
    "connect", f"{METHODS_PATH}/connect", "connect.html", StaffAction.ARRANGE_METHODS, show_connect, parent="methods"
)
PAGES: Final = (
    Page("arrivals", "/arrivals", "table.html", StaffAction.CONFIRM_PAYMENT, list_awaited, MenuSection.MONEY),
    Page(
        "methods",
        METHODS_PATH,
        "methods.html",
        StaffAction.ARRANGE_METHODS,
        methods,
        MenuSection.SETTINGS,
        tab="payments",
    ),
    CONNECT,
)
ACTIONS: Final = (
    Action(
        "disconnect_method",
        StaffAction.ARRANGE_METHODS,
        _connected,
        _disconnect,
        effect=_disconnect_effect,
        is_dangerous=True,
    ),
)
