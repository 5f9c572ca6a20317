"""What a process may write is asked row by row where a table is shared: the queue, the audit, variables, the inbox.

Each `umbral migrate` writes `umbral_may_write` anew from `grants.RULES`; until then, and where the processes have no
roles of their own, it refuses nothing. A trigger's condition and no policy by row: pg_dump refuses to copy tables that
have such, and a dump with policies cannot be brought back where the roles are not there yet.

A key of a program that came back with a copy is held until somebody confirms it.
"""

from alembic import op

revision = "084_guard_queue_and_keys"
down_revision = "083_keep_scheduled_runs"

_GUARDS = (
    ("queue_guard", "INSERT OR UPDATE OF entrypoint", "pgqueuer", "queue", "entrypoint"),
    ("later_guard", "INSERT OR UPDATE OF name", "due_jobs", "queue", "name"),
    ("audit_guard", "INSERT", "audit_log", "audit", "action"),
    ("variable_guard", "INSERT OR UPDATE", "variables", "variables", "name"),
    ("inbox_guard", "INSERT", "webhook_inbox", "inbox", "origin"),
)


def upgrade() -> None:
    op.execute("ALTER TABLE api_keys ADD COLUMN held_at timestamptz")
    op.execute(
        "CREATE FUNCTION umbral_may_write(what text, name text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'"
    )
    op.execute(
        "CREATE FUNCTION umbral_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',"
        " MESSAGE = format('%s may not write this into %I', current_user, TG_TABLE_NAME); END $$"
    )
    for name, when, table, what, column in _GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW"
            f" WHEN (NOT umbral_may_write('{what}', NEW.{column})) EXECUTE FUNCTION umbral_refuse()"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE api_keys DROP COLUMN held_at")
    for name, _, table, _, _ in _GUARDS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION umbral_refuse()")
    op.execute("DROP FUNCTION umbral_may_write(text, text)")
