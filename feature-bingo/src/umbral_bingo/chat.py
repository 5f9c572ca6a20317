"""The feature in the chat: one line of the status card."""

from collections.abc import Sequence
from typing import Final

from bot.feature import ChatPart
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer


async def read_sections(customer: Customer, t: Texts) -> Sequence[StatusSection]:
    """Return the section below the customer's subscriptions."""
    return [StatusSection(order=900, text=t("bingo.line", name=customer.first_name))]


CHAT: Final = ChatPart(sections=lambda container: read_sections)
