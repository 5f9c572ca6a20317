"""Create keyed marks of erased customers' trials, so that erasure does not allow another trial."""

from alembic import op

revision = "050_create_trial_marks"
down_revision = "049_add_chosen_language"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE trial_marks (
            mark TEXT NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_trial_marks PRIMARY KEY (mark)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE trial_marks")
