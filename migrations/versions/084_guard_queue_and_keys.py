"""Check writes of each process by row in shared tables: the queue, the audit log, variables, the inbox.

Each `umbral migrate` replaces `umbral_may_write` from `grants.RULES`; until then, and where the processes share a
role, it refuses nothing. Triggers are used instead of row-level policies: pg_dump refuses to copy tables with
policies, and a dump with policies cannot be restored where the roles do not exist.

API keys in a restored copy are disabled until a person confirms them.
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
