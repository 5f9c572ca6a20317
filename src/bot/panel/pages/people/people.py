"""Panel pages of customers: search, card, and commands."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.lists import read_page
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.frame import screen, up
from bot.screens.panel.people import people as screens
from bot.screens.why import explanations_card
from subscriptions.application.dto.typed_answers import identity
from subscriptions.application.views.see_customers import CustomerView
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction

PAGE_SIZE: Final = 10
FOUND_AT_MOST: Final = 10
"""Maximum number of buttons in a search result."""


_MOST_PARTS: Final = 4
"""Maximum number of parts in the callback data of a button that opens a card: the customer's id, the page to return to,
and that page's arguments.
"""


async def search(visit: Visit) -> Screen:
    """Ask for a search term, and list the newest customers below the question."""
    page = visit.number()
    rows, more = await read_page(visit, "customers", page, PAGE_SIZE)
    return screens.newest(visit.t, await begin(visit, SEARCH), rows, page, more)


async def _find(visit: Visit, dialogue: Dialogue) -> Screen:
    words = dialogue.answers["who"]
    people = await visit.use.lists().search(visit.who, words)
    if len(people) == 1:
        return await show_customer(visit, CustomerId(UUID(people[0]["id"])))
    return screens.search_results(visit.t, people[:FOUND_AT_MOST], words)


SEARCH: Final = Form(
    kind="search",
    action=StaffAction.SEE_CUSTOMERS,
    questions=(Question("who", identity),),
    carry_out=_find,
    leave=lambda _: up("people"),
    stays=True,
)


async def card(visit: Visit) -> Screen:
    """Show the card of a customer. «⬅️ Volver» leads to the page named in the pressed button, or else to the search."""
    origin = visit.parts[1:]
    back_to = data(*origin) if origin and len(visit.parts) <= _MOST_PARTS else "people"
    return await show_customer(visit, CustomerId(visit.id()), back_to=back_to)


async def show_customer(
    visit: Visit, customer_id: CustomerId, note: str | None = None, back_to: str = "people"
) -> Screen:
    """Show the card of a customer. note: result of the previous command. back_to: page or callback data of
    «⬅️ Volver».
    """
    view = await visit.use.customers().card(visit.who, customer_id)
    if view is None:
        raise Stale("no such customer")
    actors = [actor for line in view.lines for actor in line.actors.values()]
    names = await visit.names(*(each.actor for each in view.notes), *actors)
    plans = {plan.soft_id: plan.label for plan in await visit.use.pricing().get_all_plans(active_only=False)}
    return screens.customer(visit.t, view, visit.role, note, names, plans, back_to)


async def plans_held(visit: Visit) -> Screen:
    """Show all subscriptions of a customer who has several."""
    return screens.plans_held(visit.t, await _view(visit))


async def more(visit: Visit) -> Screen:
    """Show further staff commands for a customer."""
    return screens.more(visit.t, await _view(visit), visit.role)


async def _view(visit: Visit) -> CustomerView:
    view = await visit.use.customers().card(visit.who, CustomerId(visit.id()))
    if view is None:
        raise Stale("no such customer")
    return view


async def show_subscription(visit: Visit) -> Screen:
    """Show one subscription of a customer with its commands."""
    held_plan = await visit.use.customers().get_plan(visit.who, SubscriptionId(visit.id()))
    if held_plan is None:
        raise Stale("no such subscription")
    return screens.subscription(visit.t, *held_plan, visit.role)


async def explain(visit: Visit) -> Screen:
    """Show «¿Por qué?», the explanation of a customer's access, in the same words that the customer sees."""
    who = await visit.use.customers().get(visit.who, CustomerId(visit.id()))
    if who is None:
        raise Stale("no such customer")
    inner_screen = explanations_card(visit.t, await visit.use.explain()(who.telegram_id))
    return screen(visit.t, inner_screen.text, back_to=data("c", who.id), deep=True)


async def payments(visit: Visit) -> Screen:
    """Show the available actions on a customer's payments, or on the payment that the button names."""
    return screens.payments(visit.t, await _view(visit), visit.id(1) if len(visit.parts) > 1 else None)


PAGES: Final[Mapping[str, Page]] = {
    "people": Page(StaffAction.SEE_CUSTOMERS, search),
    "c": Page(StaffAction.SEE_CUSTOMERS, card),
    "c.plans": Page(StaffAction.SEE_CUSTOMERS, plans_held),
    "c.more": Page(StaffAction.SEE_CUSTOMERS, more),
    "c.why": Page(StaffAction.SEE_CUSTOMERS, explain),
    "c.refund": Page(StaffAction.REFUND_PAYMENT, payments),
    "s": Page(StaffAction.SEE_CUSTOMERS, show_subscription),
}
FORMS: Final = (SEARCH,)
