"""Query of the rows that processes wrote outside of any use case, which would raise the shop's security alarm."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from subscriptions.infrastructure.database.grants import PROCESSES, role_of

_UNEXPLAINED = """
SELECT login, log, relation FROM (
    SELECT login, 'deletions' AS log, relation, transaction FROM deletions
    UNION ALL SELECT login, 'additions', relation, transaction FROM additions
) AS written
WHERE login = ANY ($1) AND NOT EXISTS (SELECT FROM audit_log WHERE audit_log.transaction = written.transaction)
GROUP BY login, log, relation
"""


async def unexplained_rows(database_url: str, processes: Sequence[str] = PROCESSES) -> list[tuple[str, str, str]]:
    """Return login, log and table of the recorded rows whose transaction wrote no audit entry; none if a test has
    dropped the database, or names an address without one. processes: whose logins' rows count
    """
    try:
        connection = await asyncpg.connect(database_url)
    except (asyncpg.InvalidCatalogNameError, OSError):
        return []
    try:
        return [tuple(row) for row in await connection.fetch(_UNEXPLAINED, [role_of(each) for each in processes])]
    finally:
        await connection.close()
