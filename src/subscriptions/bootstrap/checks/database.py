"""Check that the database is reachable and has Umbral's schema."""

from enum import StrEnum

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.migrate import newest_revision
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.errors import explain_errors
from subscriptions.infrastructure.database.revision import current_revision, tables_there


class DatabaseState(StrEnum):
    """State of a database.

    - empty: no tables
    - ours: Umbral's tables at this release's schema revision
    - behind: Umbral's tables at another schema revision
    - foreign: only tables of other programs
    """

    EMPTY = "empty"
    OURS = "ours"
    BEHIND = "behind"
    FOREIGN = "foreign"


_PROBLEMS = {
    DatabaseState.EMPTY: "database_empty",
    DatabaseState.BEHIND: "database_behind",
    DatabaseState.FOREIGN: "database_foreign",
}


async def ask_database(url: str) -> DatabaseState | Problem:
    """Return the state of the database at a URL, or the problem that prevented the check."""
    try:
        # Assume a pooler, because it is not known yet which kind of server answers at this URL.
        engine = create_engine(url, pool_size=1, application="umbral doctor", is_pooled=True)
    except InvalidInput as wrong:
        return _database_problem("database_address", wrong.problem)
    try:
        with explain_errors():
            revision, tables = await current_revision(engine), await tables_there(engine)
    except InvalidInput as wrong:
        return _database_problem("database_refused", wrong.problem)
    except RetryLater as error:
        return _database_problem("database_away", str(error))
    finally:
        await engine.dispose()
    if revision is not None:
        return DatabaseState.OURS if revision == newest_revision() else DatabaseState.BEHIND
    return DatabaseState.FOREIGN if tables else DatabaseState.EMPTY


def wrong_with(state: DatabaseState | Problem) -> Problem | None:
    """Return the problem that prevents the processes from using the database; None if the database has the schema of
    this release.
    """
    if isinstance(state, Problem):
        return state
    return _database_problem(_PROBLEMS[state], "") if state in _PROBLEMS else None


def _database_problem(problem: str, detail: str) -> Problem:
    return Problem(subject="database", code=problem, setting="DATABASE_URL", facts={"detail": detail})
