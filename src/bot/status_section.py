"""Sections that features add to the status card of /estado. The Mini App shows the same sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiogram.types import InlineKeyboardButton

from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True, kw_only=True)
class StatusSection:
    """One section of the status card, below the core's subscriptions, orders and payments.

    order: number by which the texts and the buttons of all sections are sorted. A feature that needs its text and its
        buttons at different positions adds two sections. text: a paragraph; may be empty. buttons: rows of buttons,
        shown on the card's second page behind «Gestionar». is_prominent: True if the section's only button is on the
        card itself, as the law requires for some actions.
    """

    order: int
    text: str = ""
    buttons: Sequence[Sequence[InlineKeyboardButton]] = ()
    is_prominent: bool = False


class ReadSections(Protocol):
    """Reader of a feature's sections for a customer."""

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the sections for the status card; empty if the feature has nothing to show."""
        ...


def in_order(sections: Sequence[StatusSection]) -> Sequence[StatusSection]:
    """Return the sections sorted by their order. Sections with the same order keep their relative position."""
    return sorted(sections, key=lambda section: section.order)
