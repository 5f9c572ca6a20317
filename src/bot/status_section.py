"""Sections that features add to the status card of /estado, which the Mini App shows as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiogram.types import InlineKeyboardButton

from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True, kw_only=True)
class StatusSection:
    """One section of the status card, below the core's subscriptions, orders and payments.

    order: sections are sorted by this number, both texts and buttons. A feature whose text and buttons belong to
    different positions adds two sections. text: a paragraph, empty for none. buttons: rows of buttons, shown on the
    second level behind «Gestionar». is_prominent: the single button is on the card itself, as the law requires for
    some.
    """

    order: int
    text: str = ""
    buttons: Sequence[Sequence[InlineKeyboardButton]] = ()
    is_prominent: bool = False


class ReadSections(Protocol):
    """Reader of a feature's sections for a customer."""

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the sections, none if the feature has nothing to show."""
        ...


def in_order(sections: Sequence[StatusSection]) -> Sequence[StatusSection]:
    """Return the sections sorted by their order; equal ones keep their position."""
    return sorted(sections, key=lambda section: section.order)
