"""Audit and small facts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.ports.audit import AuditLine
from subscriptions.infrastructure.database.mapping import storable
from subscriptions.infrastructure.database.tables import audit_log, variables
from subscriptions.infrastructure.repositories.store import Unit


class SqlAuditRepository:
    """AuditRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def record(
        self, *, actor: str, action: str, subject: str, why: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None:
        """Add one line; none is ever changed."""
        row = {"actor": actor, "action": action, "subject": subject, "why": why, "facts": facts or {}}
        await self._unit.connection.execute(insert(audit_log).values(storable(row) | {"at": at}))

    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        """What was done to one thing or person, the newest first."""
        columns = audit_log.c
        newest = (columns.at.desc(), columns.id.desc())
        statement = select(audit_log).where(columns.subject == subject).order_by(*newest).limit(limit)
        rows = (await self._unit.connection.execute(statement)).mappings()
        return [AuditLine(**{name: value for name, value in row.items() if name != "id"}) for row in rows]


class SqlVariableRepository:
    """VariableRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, name: str) -> str | None:
        """What was set last."""
        found = await self._unit.connection.execute(select(variables.c.value).where(variables.c.name == name))
        value: str | None = found.scalar_one_or_none()
        return value

    async def set(self, name: str, value: str) -> None:
        """Write over what is there."""
        changed = {"value": value, "updated_at": func.now()}
        statement = insert(variables).values(name=name, **changed)
        await self._unit.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))
