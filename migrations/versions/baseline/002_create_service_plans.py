"""Create the table of plans."""

from alembic import op

revision = "002_create_service_plans"
down_revision = "001_create_customers"

_STATEMENTS = (
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
        honours_tokens BOOLEAN DEFAULT true NOT NULL,
        version INTEGER DEFAULT 1 NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE,
        updated_by BIGINT,
        refund_policy TEXT DEFAULT 'end_access' NOT NULL,
        dispute_policy TEXT DEFAULT 'suspend' NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        texts JSONB DEFAULT '{}' NOT NULL,
        ends_on DATE,
        holders_of TEXT,
        buyers TEXT DEFAULT 'everybody' NOT NULL,
        per_person TEXT DEFAULT 'auto' NOT NULL,
        listing TEXT DEFAULT 'listed' NOT NULL,
        CONSTRAINT pk_service_plans PRIMARY KEY (id),
        CONSTRAINT ck_service_plans_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT ck_service_plans_interval_known CHECK (interval IN ('day', 'week', 'month', 'year')),
        CONSTRAINT ck_service_plans_buyers_known CHECK (buyers IN ('everybody', 'newcomers', 'customers', 'code')),
        CONSTRAINT ck_service_plans_per_person_known CHECK (per_person IN ('auto', 'once', 'unlimited')),
        CONSTRAINT ck_service_plans_listing_known CHECK (listing IN ('listed', 'hidden')),
        CONSTRAINT ck_service_plans_access_known CHECK (access IN ('personal_channel', 'vip_channel')),
        CONSTRAINT ck_service_plans_refund_policy_known CHECK (refund_policy IN ('end_access', 'keep_access')),
        CONSTRAINT ck_service_plans_dispute_policy_known CHECK (dispute_policy IN ('suspend', 'keep')),
        CONSTRAINT one_plan_per_soft_id UNIQUE (soft_id),
        CONSTRAINT ck_service_plans_soft_id_is_a_slug CHECK (soft_id ~ '^[a-z0-9-]{1,40}$'),
        CONSTRAINT ck_service_plans_note_not_too_long CHECK (char_length(note) <= 200),
        CONSTRAINT ck_service_plans_texts_by_language CHECK (jsonb_typeof(texts) = 'object'),
        CONSTRAINT ck_service_plans_recurring_has_interval CHECK (NOT recurring OR (interval IS NOT NULL AND
            interval_count >= 1)),
        CONSTRAINT ck_service_plans_one_off_has_duration CHECK (recurring OR duration_days >= 1),
        CONSTRAINT ck_service_plans_what_renews_has_no_last_day CHECK (ends_on IS NULL OR NOT recurring),
        CONSTRAINT ck_service_plans_trial_days_not_negative CHECK (trial_days >= 0),
        CONSTRAINT ck_service_plans_grace_days_not_negative CHECK (grace_days >= 0)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE service_plans")
