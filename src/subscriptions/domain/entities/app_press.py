"""Button press in the Mini App and the chat's answer to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import AppPressId, TelegramId

NO_MESSAGE: Final = 0
"""Id of the first message shown in the Mini App; the ids of further messages count down from here. Telegram's ids are
greater, so code that stores message ids stores none of these.
"""

OPENINGS: Final[Mapping[str, str]] = {
    "status": "status",
    "receipts": "receipts",
    "record": "/historial",
    "withdraw": "withdraw",
    "language": "/idioma",
    "data": "my_data",
    "help": "/ayuda",
}
"""Buttons of the page besides plans, in their order: name on the page to the button's data or command."""
MANAGE: Final = "manage"
"""Data of the page's button for managing a subscription; no menu contains it."""
PLAN: Final = "plan_select_"
"""Prefix of the data of the buttons that show a plan's card, one for each plan."""

_READING: Final = re.compile(
    r"status|manage|ways_in|why|receipts|invoice_[0-9a-f]{32}|issued_[0-9a-f]{32}|my_data|export_data|help|/historial|/ayuda"
)
"""Data of the buttons and commands that only show information: status, receipts, personal data, record, help."""


def only_reads(data: str) -> bool:
    """Return True if a button press only shows information and buys, changes or cancels nothing."""
    return _READING.fullmatch(data) is not None


def start_payload(data: str) -> str:
    """Return the payload of the bot's `start` link that opens the button's screen in the chat."""
    if data.startswith(PLAN):
        return f"plan_{data.removeprefix(PLAN)}"
    return "withdraw" if data == "withdraw" else "status"


@dataclass(frozen=True, kw_only=True)
class AppPress:
    """One button press.

    key: drawn by the page; unique per person, so that a repeated press counts once
    data: data of the button, or a command
    before: press whose answer contained the button; None for a button of the page
    place: index of that button's message within the answer
    names: the person's `first_name`, `last_name`, `username` and `language_code` from Telegram
    messages: the answer, None until it exists; each has `text` (Telegram's HTML) and `rows` of buttons
    """

    id: AppPressId
    person: TelegramId
    key: str
    data: str
    before: UUID | None
    place: int
    names: Mapping[str, str | None]
    asked_at: datetime
    messages: Sequence[Mapping[str, object]] | None = None
    answered_at: datetime | None = None

    @property
    def opens(self) -> bool:
        """Return True if the button belongs to the page itself and not to an answer."""
        return self.data in {*OPENINGS.values(), MANAGE} or self.data.startswith(PLAN)

    def message(self, place: int) -> Mapping[str, object] | None:
        """Return the message of the answer at an index, or None."""
        return self.messages[place] if self.messages is not None and 0 <= place < len(self.messages) else None
