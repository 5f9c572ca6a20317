"""Add a correlation id to orders and deferred work, so that logs of all processes can be joined.

Both columns are nullable, so the previous version can run beside this one; queued jobs carry the id in their headers.
"""

from alembic import op

revision = "048_add_cause"
down_revision = "047_add_code_prefix"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN cause TEXT")
    op.execute("ALTER TABLE due_jobs ADD COLUMN cause TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE due_jobs DROP COLUMN cause")
    op.execute("ALTER TABLE orders DROP COLUMN cause")
