"""Check that the hourly query for rows to delete reads growing tables by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from subscriptions.domain.ports.repositories.people import Record
from tests.fakes.samples import NOON
from tests.fakes.units import Units
from tests.support.plans import read_through


async def test_query_for_prunable_rows_uses_indexes(units: Units, database_url: str) -> None:
    asked = dict[str, Sequence[Any]]()

    def keep_statement(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> None:
        asked.setdefault(statement, tuple(given))

    assert units.engine is not None
    event.listen(units.engine.sync_engine, "before_cursor_execute", keep_statement)
    async with units() as uow:
        for record in Record:
            await uow.personal_data.prune(record, NOON, timedelta(days=30), 1000)
        await uow.commit()

    assert len(asked) > len(Record)
    assert await read_through(database_url, asked, paged=False) == []
