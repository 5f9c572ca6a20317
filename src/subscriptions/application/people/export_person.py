"""Everything the database holds of one person, as a document for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from subscriptions.domain.ids import CustomerId, TelegramId, short_reference
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.people import HeldRows
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

FORM: Final = 1
"""The version of the document."""


@dataclass(frozen=True, kw_only=True)
class PersonExport:
    """held: table by table. customer_id: None for who wrote to the bot and never was a customer."""

    telegram_id: TelegramId
    customer_id: CustomerId | None
    exported_at: datetime
    held: Sequence[HeldRows]

    @property
    def rows(self) -> int:
        """How many there are in all."""
        return sum(len(each.rows) for each in self.held)

    def document(self) -> str:
        """As JSON: times in UTC, money in minor units, letters of providers as text."""
        said = {
            "form": FORM,
            "telegram_id": self.telegram_id,
            "reference": short_reference(self.customer_id) if self.customer_id is not None else None,
            "exported_at": self.exported_at,
            "tables": {
                each.table: {"stays_after_erasure": each.stays or "nothing", "rows": [dict(row) for row in each.rows]}
                for each in self.held
            },
        }
        return json.dumps(said, ensure_ascii=False, indent=2, default=_plain)


class ExportPerson:
    """Gathers it."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, telegram_id: TelegramId) -> PersonExport:
        """Empty for somebody of whom nothing is known."""
        async with self._units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            return PersonExport(
                telegram_id=telegram_id,
                customer_id=customer.id if customer is not None else None,
                exported_at=self._clock.now(),
                held=await uow.personal_data.of(telegram_id, customer),
            )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return dict(value) if isinstance(value, Mapping) else str(value)
