"""PostgreSQL's extension `pg_trgm`, which finds customers by parts of their names."""

from typing import Final

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from subscriptions.domain.errors import InvalidInput

_SCHEMA: Final = text("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm'")
_REMEDY: Final = (
    "the database needs PostgreSQL's extension pg_trgm, by which customers are found by name, and it could not be"
    ' created: {reason}. Let its owner run `GRANT CREATE ON DATABASE "{database}" TO "{role}"`, or an administrator run'
    " `CREATE EXTENSION pg_trgm SCHEMA public` in it (at some providers it has to be allowed in their settings first),"
    " then run `umbral migrate` again. Nothing was changed"
)
_ELSEWHERE: Final = (
    "PostgreSQL's extension pg_trgm is in the schema {schema}, and Umbral looks for it in public: run `ALTER EXTENSION"
    " pg_trgm SET SCHEMA public`, then `umbral migrate` again. Nothing was changed"
)


def provide_trigrams() -> None:
    """Create the extension if it is missing. The extension is trusted, so any role that may create objects in the
    database may create it.

    Raises InvalidInput("DATABASE_URL") with instructions for the operator if the extension cannot be created or is in
    another schema than `public`.
    """
    if op.get_context().as_sql:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
        return
    connection = op.get_bind()
    schema = connection.execute(_SCHEMA).scalar()
    if schema not in {None, "public"}:
        raise InvalidInput("DATABASE_URL", _ELSEWHERE.format(schema=schema))
    if schema is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION pg_trgm SCHEMA public"))
    except DBAPIError as error:
        database, role = connection.execute(text("SELECT current_database(), current_user")).one()
        reason = str(getattr(error.orig, "args", [error])[0]).split(": ", 1)[-1].strip().rstrip(".")
        raise InvalidInput("DATABASE_URL", _REMEDY.format(reason=reason, database=database, role=role)) from error
