"""Create the table of plans."""

from alembic import op

revision = "002_create_service_plans"
down_revision = "001_create_customers"

STATEMENTS = (
    """
    CREATE TABLE service_plans (
        id UUID NOT NULL,
        soft_id TEXT NOT NULL,
        name TEXT NOT NULL,
        emoji TEXT NOT NULL,
        description TEXT NOT NULL,
        price_minor BIGINT NOT NULL,
        price_currency CHAR(3) NOT NULL,
        recurring BOOLEAN NOT NULL,
        interval TEXT,
        interval_count INTEGER NOT NULL,
        duration_days INTEGER,
        trial_days INTEGER NOT NULL,
        grace_days INTEGER,
        access TEXT NOT NULL,
        active BOOLEAN NOT NULL,
        position INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_by BIGINT,
        CONSTRAINT pk_service_plans PRIMARY KEY (id),
        CONSTRAINT ck_service_plans_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT ck_service_plans_interval_known CHECK (interval IN ('day', 'week', 'month', 'year')),
        CONSTRAINT ck_service_plans_access_known CHECK (access IN ('personal_channel', 'vip_channel')),
        CONSTRAINT one_plan_per_soft_id UNIQUE (soft_id),
        CONSTRAINT ck_service_plans_soft_id_is_a_slug CHECK (soft_id ~ '^[a-z0-9-]{1,40}$'),
        CONSTRAINT ck_service_plans_recurring_has_interval
            CHECK (NOT recurring OR (interval IS NOT NULL AND interval_count >= 1)),
        CONSTRAINT ck_service_plans_one_off_has_duration CHECK (recurring OR duration_days >= 1),
        CONSTRAINT ck_service_plans_trial_days_not_negative CHECK (trial_days >= 0),
        CONSTRAINT ck_service_plans_grace_days_not_negative CHECK (grace_days >= 0)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE service_plans")
