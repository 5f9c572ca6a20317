"""Export of all personal data of one person, as a document for that person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from subscriptions.domain.ids import CustomerId, TelegramId, short_reference
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.people import HeldRows
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

FORM: Final = 1
"""Version number of the format of the exported document."""
EXPORT_ACTION: Final = "person.exported"
EVERY: Final = timedelta(hours=1)
"""Minimum interval between two exports in the chat."""
ROWS: Final = (2000, 200, 20)
"""Numbers of rows per table to try for an export in the chat, largest first, until the file is small enough."""
LOOKED_AT: Final = 10_000
FILE_LIMIT: Final = 20 * 1024 * 1024
"""Maximum size in bytes. Telegram accepts 50 MB from a bot; the file is built in memory."""


@dataclass(frozen=True, kw_only=True)
class PersonExport:
    """Exported data of one person.

    tables: the rows per table
    customer_id: None for a person who wrote to the bot but never became a customer
    """

    telegram_id: TelegramId
    customer_id: CustomerId | None
    exported_at: datetime
    tables: Sequence[HeldRows]

    @property
    def is_cut(self) -> bool:
        """True if older rows were left out."""
        return any(each.is_cut for each in self.tables)

    @property
    def rows(self) -> int:
        """Number of rows in all tables."""
        return sum(len(each.rows) for each in self.tables)

    def document(self) -> str:
        """Return the document as JSON: times in UTC, money in minor units, providers' messages as text."""
        document = {
            "form": FORM,
            "telegram_id": self.telegram_id,
            "reference": short_reference(self.customer_id) if self.customer_id is not None else None,
            "exported_at": self.exported_at,
            "tables": {
                each.table: {
                    "stays_after_erasure": each.stays or "nothing",
                    **({"only_the_newest": len(each.rows)} if each.is_cut else {}),
                    "rows": [dict(row) for row in each.rows],
                }
                for each in self.tables
            },
        }
        return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


@dataclass(frozen=True)
class ExportFile:
    """File with exported data, for sending in the chat. `is_cut`: True if some tables have only their newest rows."""

    content: bytes
    is_cut: bool


@dataclass(frozen=True)
class ExportPerson:
    """Use case that collects the personal data of one person."""

    units: UnitOfWorkFactory
    clock: Clock

    async def for_customer(self, telegram_id: TelegramId, reason: str) -> ExportFile | datetime:
        """Return the file for the chat. If the person exported their data within the last hour, return the time of the
        next allowed export. `reason`: id of the button press; a repeated update with the same id gets the file again.

        If all rows exceed the size limit, only the newest rows are included.
        """
        now = self.clock.now()
        async with self.units() as uow:
            await uow.customers.by_telegram_id(telegram_id, lock=True)
            audit_lines = await uow.audit.list_since(now - EVERY, {EXPORT_ACTION}, LOOKED_AT)
            mine = [line for line in audit_lines if line.actor == str(telegram_id)]
            if mine and mine[0].facts.get("asked") != reason:
                return mine[0].at + EVERY
            for limit in ROWS:
                person_export = await self._load(uow, telegram_id, limit)
                file = ExportFile(person_export.document().encode(), person_export.is_cut)
                if len(file.content) <= FILE_LIMIT:
                    break
            if not mine:
                who = str(telegram_id)
                await uow.audit.record(
                    actor=who,
                    action=EXPORT_ACTION,
                    subject=who,
                    reason="asked in the chat",
                    at=now,
                    facts={"asked": reason},
                )
                await uow.commit()
        return file

    async def __call__(self, telegram_id: TelegramId) -> PersonExport:
        """Return all rows, whatever their size. The result is empty for an unknown person."""
        async with self.units() as uow:
            return await self._load(uow, telegram_id)

    async def count_mentions(self, telegram_id: TelegramId) -> Mapping[str, int]:
        """Return the number of rows per table that contain the person's Telegram id, including tables that are not
        known to contain personal data.
        """
        async with self.units() as uow:
            return await uow.personal_data.count_named(telegram_id)

    async def _load(self, uow: UnitOfWork, telegram_id: TelegramId, limit: int | None = None) -> PersonExport:
        customer = await uow.customers.by_telegram_id(telegram_id)
        return PersonExport(
            telegram_id=telegram_id,
            customer_id=customer.id if customer is not None else None,
            exported_at=self.clock.now(),
            tables=await uow.personal_data.list_rows(telegram_id, customer, limit),
        )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return dict(value) if isinstance(value, Mapping) else str(value)
