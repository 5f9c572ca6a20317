"""Repository of the time at which each scheduled task last ran."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.ports.repositories.schedule import WorkKey
from subscriptions.infrastructure.database.tables import scheduled_runs
from subscriptions.infrastructure.repositories.store import Unit

_SELECT_RUNS: Final = select(scheduled_runs)
_ROWS: Final = insert(scheduled_runs)
_NOTE: Final = _ROWS.on_conflict_do_update(index_elements=["name", "subject"], set_={"ran_at": _ROWS.excluded.ran_at})


class SqlScheduleRepository:
    """ScheduleRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def last_runs(self) -> Mapping[WorkKey, datetime]:
        """Return the time of each scheduled task's last run."""
        rows = await self._unit.connection.execute(_SELECT_RUNS)
        return {(row.name, row.subject): row.ran_at for row in rows}

    async def note(self, runs: Mapping[WorkKey, datetime]) -> None:
        """Save the times of the tasks' last runs."""
        rows = [{"name": name, "subject": subject, "ran_at": ran_at} for (name, subject), ran_at in runs.items()]
        if rows:
            await self._unit.connection.execute(_NOTE, rows)
