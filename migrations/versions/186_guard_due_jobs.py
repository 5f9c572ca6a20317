"""Prevent processes from postponing due jobs. A job that never becomes due would be lost, and no alarm
would report it.
"""

from alembic import op

revision = "186_guard_due_jobs"
down_revision = "185_keep_uploads"


def upgrade() -> None:
    op.execute("""
    CREATE TRIGGER due_guard BEFORE UPDATE OF due_at ON due_jobs FOR EACH ROW WHEN (new.due_at > old.due_at
        AND NOT umbral_may_write('anything', '')) EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER due_guard ON due_jobs")
