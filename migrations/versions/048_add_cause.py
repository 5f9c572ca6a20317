"""What comes of one press is found under one name in all logs: orders and work for later say what caused them.

Both may be missing, so the previous version goes on beside this one; what waits in the queue says it in its headers.
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
