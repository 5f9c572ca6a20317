"""Sections that optional capabilities add to the card of /estado, and so to the Mini App, which draws the same card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiogram.types import InlineKeyboardButton

from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True, kw_only=True)
class StatusSection:
    """One section of the status card, below what the core says of subscriptions, orders and payments.

    order: sections are sorted by this number, texts and buttons alike; a capability whose text and buttons belong to
    different positions adds two sections. text: a paragraph, empty for none. buttons: rows of buttons, which are one
    level down, under «Gestionar». is_prominent: its one button is on the card itself, as the law wants of some.
    """

    order: int
    text: str = ""
    buttons: Sequence[Sequence[InlineKeyboardButton]] = ()
    is_prominent: bool = False


class ReadSections(Protocol):
    """Read the sections of one capability for a customer."""

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return no section where the customer has nothing of the capability."""
        ...


def in_order(sections: Sequence[StatusSection]) -> Sequence[StatusSection]:
    """Return the sections sorted by their order; those of one order as they were given."""
    return sorted(sections, key=lambda section: section.order)
