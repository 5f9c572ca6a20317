"""A press in the Mini App: what a customer chose there, and what the chat answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import AppPressId, TelegramId

NO_MESSAGE: Final = 0
"""The id of a message that stands in the Mini App; those it is followed by count down from here. Telegram's own ids are
above it, so whoever keeps the ids of messages keeps none of these."""

OPENINGS: Final[Mapping[str, str]] = {
    "status": "status",
    "receipts": "receipts",
    "record": "/historial",
    "withdraw": "withdraw",
    "language": "/idioma",
    "data": "my_data",
    "help": "/ayuda",
}
"""What the page itself leads to besides plans, in its order, by its name there: a button's data, or a command."""
MANAGE: Final = "manage"
"""Data of the button by which the page leads to what may be done about a subscription; it is in no menu."""
PLAN: Final = "plan_select_"
"""How the data of the button begins that shows a plan's card; the page has one for each."""

_READING: Final = re.compile(
    r"status|manage|ways_in|why|receipts|invoice_[0-9a-f]{32}|issued_[0-9a-f]{32}|my_data|export_data|help|/historial|/ayuda"
)
"""Data of the buttons and commands that only show something: the status, receipts, personal data, the record, help."""


def only_reads(data: str) -> bool:
    """Return whether a press shows something and neither buys, changes nor cancels anything."""
    return _READING.fullmatch(data) is not None


def start_payload(data: str) -> str:
    """Return the payload of the bot's `start` link that opens in the chat what a button stands for."""
    if data.startswith(PLAN):
        return f"plan_{data.removeprefix(PLAN)}"
    return "withdraw" if data == "withdraw" else "status"


@dataclass(frozen=True, kw_only=True)
class AppPress:
    """One press. key: drawn by the page; one person's key counts once. data: of the button, or a command.

    before: the press whose answer the button stood in, None for one of the page itself. place: in which message of it.
    names: the person's, as Telegram told them: `first_name`, `last_name`, `username`, `language_code`.
    messages: the answer, None until there is one. Each has `text` (Telegram's HTML) and `rows` of buttons.
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
        """Whether the page itself has such a button."""
        return self.data in {*OPENINGS.values(), MANAGE} or self.data.startswith(PLAN)

    def message(self, place: int) -> Mapping[str, object] | None:
        """The message of the answer that stands there."""
        return self.messages[place] if self.messages is not None and 0 <= place < len(self.messages) else None
