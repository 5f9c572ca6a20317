"""What dialogues about a customer share: whom they are about, where they lead back to."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.pages.people.people import shown
from bot.panel.visit import Visit
from bot.screens import Screen
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import CustomerId

CUSTOMER: Final = "c"
PAYMENT: Final = "p"
"""Names of the answers that say what a dialogue is about."""


def card_of(dialogue: Dialogue) -> str:
    """What leads back to the customer's card."""
    return data("c", UUID(dialogue.answers[CUSTOMER]))


def customer_in(dialogue: Dialogue) -> CustomerId:
    """The customer it is about."""
    return CustomerId(UUID(dialogue.answers[CUSTOMER]))


Change = Callable[[Visit, Dialogue], Awaitable[str]]
"""Carries something out; the sentence that says so."""


def doing(change: Change) -> Callable[[Visit, Dialogue], Awaitable[Screen]]:
    """The customer's card with what was done above it, or that there was nothing to do any more."""

    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        try:
            note = await change(visit, dialogue)
        except NothingToDo:
            note = visit.t("people.over")
        return await shown(visit, customer_in(dialogue), note)

    return carry_out
