"""Require that the deduplication key of a postponed job begins with the job's own name, as in the queue."""

from alembic import op

revision = "189_guard_due_keys"
down_revision = "188_guard_queue_keys"


def upgrade() -> None:
    op.execute("""
    CREATE TRIGGER key_guard BEFORE INSERT OR UPDATE OF name, key ON due_jobs FOR EACH ROW
        WHEN (new.key IS NOT NULL AND NOT starts_with(new.key, new.name || ':')
        AND NOT umbral_may_write('anything', '')) EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER key_guard ON due_jobs")
