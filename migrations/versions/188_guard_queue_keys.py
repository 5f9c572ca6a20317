"""Require that the deduplication key of a queued job begins with the job's own name. A job with another job's key would
keep that other job out of the queue.
"""

from alembic import op

revision = "188_guard_queue_keys"
down_revision = "187_keep_payment_keys"


def upgrade() -> None:
    op.execute("""
    CREATE TRIGGER key_guard BEFORE INSERT OR UPDATE OF entrypoint, dedupe_key ON pgqueuer FOR EACH ROW
        WHEN (new.dedupe_key IS NOT NULL AND NOT starts_with(new.dedupe_key, new.entrypoint || ':')
        AND NOT umbral_may_write('anything', '')) EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER key_guard ON pgqueuer")
