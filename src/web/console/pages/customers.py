"""Console pages of customers: the list, the search, and each customer's history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from subscriptions.application.menu import MenuSection
from subscriptions.application.views.presence import standing_of
from subscriptions.application.views.see_customers import CustomerView, HeldPlan, PaidMoney
from subscriptions.application.views.see_story import AREAS
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.visit import Page, PageGone, Visit

BUTTONS: Final = 3
"""Maximum number of buttons of a card, not counting "More"."""
_REST: Final = {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}


async def story(visit: Visit) -> Mapping[str, Any]:
    """Show one customer: subscriptions, commands and history."""
    customer_id = CustomerId(visit.id())
    view = await visit.use.customers().card(visit.who, customer_id)
    if view is None:
        raise PageGone("no such customer")
    cursor = visit.query("before")
    area = visit.query("area")
    lines, more = await visit.use.story()(
        visit.who, customer_id, _moment(cursor) if cursor else visit.now, [area] if area in AREAS else AREAS
    )
    return {
        "view": view,
        "days": [(day, list(day_lines)) for day, day_lines in groupby(lines, lambda line: visit.words.day(line["at"]))],
        "older": visit.address(before=lines[-1]["at"].isoformat()) if more else None,
        "area": area,
        "story_areas": AREAS,
        "standing": standing_of(view),
        "notes": view.remarks,
        "about_person": _buttons(visit, view),
        "about_plan": lambda plan: _buttons(visit, plan),
        "about_payment": lambda payment: _buttons(visit, payment),
    }


def _moment(text: str) -> datetime:
    try:
        found_at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("before", "is a moment") from error
    if found_at.tzinfo is None:
        raise InvalidInput("before", "is a moment with its zone")
    return found_at


@dataclass(frozen=True)
class CardButtons:
    """Buttons of a card, as names of commands: a main button, at most two more, and all further buttons behind "More".

    apart: dangerous command, shown next to the first buttons if there is room
    dangerous: buttons shown below all others
    """

    first: Sequence[str]
    apart: Sequence[str]
    more: Sequence[str]
    dangerous: Sequence[str]


def _buttons(visit: Visit, view: CustomerView | HeldPlan | PaidMoney) -> CardButtons:
    available_commands = [command for command in view.available_commands if visit.may(command.permission)]
    safe, dangerous = (
        [command.name for command in available_commands if command.is_dangerous is kind] for kind in (False, True)
    )
    shown = max(BUTTONS - len(safe), 0) and 1
    return CardButtons(safe[:BUTTONS], dangerous[:shown], safe[BUTTONS:], dangerous[shown:])


PAGES: Final = (
    list_page("customers", MenuSection.CUSTOMERS),
    Page("customer", "/customers/{id}", "customer.html", StaffAction.SEE_CUSTOMERS, story, parent="customers"),
)
