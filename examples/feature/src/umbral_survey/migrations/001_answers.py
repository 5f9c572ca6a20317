"""Migration that creates the survey's tables of answers and of requests."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "001_answers", None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "survey_requests",
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "survey_answers",
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('price', 'content', 'pause', 'other')", name="reason_known"),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("survey_answers")
    op.drop_table("survey_requests")
