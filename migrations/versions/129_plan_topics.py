"""Create topics of plans in groups with topics, one per plan and group."""

from alembic import op

revision = "129_plan_topics"
down_revision = "121_keep_second_factors"


def upgrade() -> None:
    op.execute("ALTER TABLE resources ADD COLUMN topics boolean NOT NULL DEFAULT false")
    op.execute(
        """
        CREATE TABLE plan_topics (
            channel_id uuid NOT NULL
                CONSTRAINT fk_plan_topics_channel_id REFERENCES telegram_channels (id) ON DELETE CASCADE,
            plan_id uuid NOT NULL CONSTRAINT fk_plan_topics_plan_id REFERENCES service_plans (id) ON DELETE CASCADE,
            thread bigint,
            asked_at timestamptz NOT NULL,
            CONSTRAINT pk_plan_topics PRIMARY KEY (channel_id, plan_id)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE plan_topics")
    op.execute("ALTER TABLE resources DROP COLUMN topics")
