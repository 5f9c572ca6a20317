"""State of the initial setup in the browser, and the encrypted settings that were entered in the setup and in the
console.

All times are the database's, so that several processes agree on them. Triggers (migration `seal_settings`) refuse
changes by any login after the end of the setup.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.features import require_migrated

CODE_LIVES: Final = timedelta(minutes=15)
"""Lifetime of the one-time code that opens the setup in the browser."""
VISIT_LIVES: Final = timedelta(hours=1)
"""Time after the last submitted answer at which a setup session in a browser ends."""

_OPEN: Final = text("SELECT umbral_setup_open()")
_SEALED: Final = text("SELECT name, sealed FROM sealed_settings ORDER BY name")
_PAYMENT_KEYS: Final = text("SELECT name, sealed, changed_at FROM payment_keys ORDER BY name")
_KEEP: Final = text(
    "INSERT INTO sealed_settings (name, sealed, readers, changed_at) VALUES (:name, :sealed, :readers, now())"
    " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, readers = excluded.readers,"
    " changed_at = excluded.changed_at"
)
_RESEAL: Final = text("UPDATE sealed_settings SET sealed = :sealed, readers = :readers WHERE name = :name")
_RESEAL_KEY: Final = text("UPDATE payment_keys SET sealed = :sealed, readers = :readers WHERE name = :name")
_RENEW: Final = text(
    "UPDATE setup SET code_hash = :hash, code_until = now() + CAST(:lives AS interval)"
    " WHERE finished_at IS NULL AND (code_until IS NULL OR code_until <= now()) RETURNING id"
)
_CODE: Final = text("SELECT code_hash FROM setup WHERE finished_at IS NULL AND code_until > now()")
_ENTER: Final = text(
    "UPDATE setup SET code_hash = NULL, visit_hash = :visit, visit_until = now() + CAST(:lives AS interval)"
    " WHERE finished_at IS NULL AND code_hash = :hash AND code_until > now() RETURNING id"
)
_VISIT: Final = text(
    "SELECT visit_hash FROM setup WHERE finished_at IS NULL AND visit_hash IS NOT NULL AND visit_until > now()"
)
_PROLONG: Final = text(
    "UPDATE setup SET visit_until = now() + CAST(:lives AS interval)"
    " WHERE finished_at IS NULL AND visit_hash = :visit AND visit_until > now() RETURNING id"
)
_OPEN_LOCKED: Final = text("SELECT id FROM setup WHERE finished_at IS NULL FOR UPDATE")
_FINISH: Final = text("UPDATE setup SET finished_at = now() WHERE finished_at IS NULL RETURNING id")


Sealed = Mapping[str, tuple[str, Collection[str]]]
"""Encrypted values keyed by setting, each with the processes that read it."""


@dataclass(frozen=True)
class SqlSetup:
    """State of the setup in PostgreSQL. Methods raise RetryLater while the database is unreachable, and NotPrepared
    before its tables are created.
    """

    engine: AsyncEngine

    async def is_open(self) -> bool:
        """Return True until the setup is finished or an owner exists."""
        with translate_errors(), require_migrated():
            async with self.engine.connect() as connection:
                return bool(await connection.scalar(_OPEN))

    async def sealed(self) -> Mapping[str, str]:
        """Return the encrypted values, keyed by setting."""
        with translate_errors(), require_migrated():
            async with self.engine.connect() as connection:
                rows = await connection.execute(_SEALED)
                return {row.name: row.sealed for row in rows}

    async def payment_keys(self) -> tuple[Mapping[str, str], datetime | None]:
        """Return the encrypted keys of payment methods, keyed by setting, and the time of their latest change, which is
        None before the first change. The value of a key is empty for a disconnected method.
        """
        with translate_errors(), require_migrated():
            async with self.engine.connect() as connection:
                rows = (await connection.execute(_PAYMENT_KEYS)).all()
                return {row.name: row.sealed for row in rows}, max((row.changed_at for row in rows), default=None)

    async def keep(self, sealed: Sealed) -> None:
        """Store encrypted values. Possible only while the setup is open."""
        with translate_errors():
            async with self.engine.begin() as connection:
                await _store(connection, sealed)

    async def reseal(self, name: str, sealed: str, readers: Collection[str]) -> None:
        """Store a value of the finished setup that was encrypted again for other processes. Only the bot's login may do
        so, and only with its own token.
        """
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(_RESEAL, {"name": name, "sealed": sealed, "readers": _text(readers)})

    async def replace_earlier(self, sealed: Sealed, *, is_payment_key: bool) -> None:
        """Store values that were encrypted again. The times of their changes stay, because the values are the same.
        Only the tables' owner may do so.
        """
        table, trigger = ("payment_keys", "stamped") if is_payment_key else ("sealed_settings", "kept")
        statement = _RESEAL_KEY if is_payment_key else _RESEAL
        if not sealed:
            return
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
                for name, (each, readers) in sorted(sealed.items()):
                    await connection.execute(statement, {"name": name, "sealed": each, "readers": _text(readers)})
                await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))

    async def renew_code(self, code_hash: str) -> bool:
        """Store the hash of a new code. Return False during the lifetime of the previous code, even if that code was
        used.
        """
        return await self._changes(_RENEW, hash=code_hash, lives=CODE_LIVES)

    async def code(self) -> str | None:
        """Return the hash of the valid code; None if there is none."""
        with translate_errors():
            async with self.engine.connect() as connection:
                found: str | None = await connection.scalar(_CODE)
                return found

    async def enter(self, code_hash: str, visit_hash: str) -> bool:
        """Begin a setup session and use up the code. Return False if the code was used or expired meanwhile."""
        return await self._changes(_ENTER, hash=code_hash, visit=visit_hash, lives=VISIT_LIVES)

    async def visit(self) -> str | None:
        """Return the hash of the current setup session; None if there is none."""
        with translate_errors():
            async with self.engine.connect() as connection:
                found: str | None = await connection.scalar(_VISIT)
                return found

    async def prolong(self, visit_hash: str) -> bool:
        """Extend a setup session. Return False if the session has ended or another session has begun."""
        return await self._changes(_PROLONG, visit=visit_hash, lives=VISIT_LIVES)

    async def finish(self, sealed: Sealed | None = None) -> bool:
        """End the setup permanently, and store the last encrypted values. Return False, and store nothing, if the setup
        was finished before, also by another process at the same time.
        """
        with translate_errors():
            async with self.engine.begin() as connection:
                if not await connection.scalar(_OPEN_LOCKED):
                    return False
                await _store(connection, sealed or {})
                return await connection.scalar(_FINISH) is not None

    async def _changes(self, statement: TextClause, **values: object) -> bool:
        with translate_errors():
            async with self.engine.begin() as connection:
                return await connection.scalar(statement, values) is not None


async def _store(connection: AsyncConnection, sealed: Sealed) -> None:
    for name, (value, readers) in sorted(sealed.items()):
        await connection.execute(_KEEP, {"name": name, "sealed": value, "readers": _text(readers)})


def _text(readers: Collection[str]) -> str:
    return " ".join(sorted(readers))
