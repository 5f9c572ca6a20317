"""Add reminders of tips before their start: a reminder is a post, at most one per tip."""

from alembic import op

revision = "136_remind_of_tips"
down_revision = "135_schedule_picks"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE tip_reminders (plan_id UUID NOT NULL, minutes INTEGER NOT NULL,"
        " CONSTRAINT pk_tip_reminders PRIMARY KEY (plan_id),"
        " CONSTRAINT ck_tip_reminders_minutes_positive CHECK (minutes >= 1),"
        " CONSTRAINT fk_tip_reminders_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE)"
    )
    op.execute(
        "ALTER TABLE picks ADD COLUMN reminds_of UUID,"
        " ADD CONSTRAINT fk_picks_reminds_of FOREIGN KEY (reminds_of) REFERENCES picks (id)"
    )
    op.execute("CREATE UNIQUE INDEX one_reminder_per_tip ON picks (reminds_of) WHERE reminds_of IS NOT NULL")


def downgrade() -> None:
    op.execute("DELETE FROM pick_deliveries WHERE pick_id IN (SELECT id FROM picks WHERE reminds_of IS NOT NULL)")
    op.execute("DELETE FROM picks WHERE reminds_of IS NOT NULL")
    op.execute("ALTER TABLE picks DROP COLUMN reminds_of")
    op.execute("DROP TABLE tip_reminders")
