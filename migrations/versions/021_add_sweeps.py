"""Add bulk expiries and the owners' decisions about them."""

from alembic import op

revision = "021_add_sweeps"
down_revision = "020_add_admin_panel"

STATEMENTS = (
    """
    CREATE TABLE sweeps (
        id UUID NOT NULL,
        status TEXT NOT NULL,
        allowed INTEGER NOT NULL,
        live INTEGER NOT NULL,
        forced BOOLEAN NOT NULL,
        began_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ask_again_at TIMESTAMP WITH TIME ZONE,
        undo_until TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_sweeps PRIMARY KEY (id),
        CONSTRAINT ck_sweeps_status_known CHECK (status IN ('gathering', 'asking', 'decided', 'passed'))
    )
    """,
    "CREATE INDEX ix_sweeps_under_way ON sweeps (began_at) WHERE status IN ('asking', 'gathering')",
    """
    CREATE TABLE swept (
        sweep_id UUID NOT NULL,
        subscription_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        ended_on TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_swept PRIMARY KEY (sweep_id, subscription_id),
        CONSTRAINT ck_swept_state_known CHECK (state IN
            ('checking', 'due', 'held', 'stays', 'going', 'removed', 'spared', 'superseded', 'restored')),
        CONSTRAINT fk_swept_sweep_id FOREIGN KEY(sweep_id) REFERENCES sweeps (id),
        CONSTRAINT fk_swept_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id),
        CONSTRAINT fk_swept_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
    )
    """,
    """
    CREATE UNIQUE INDEX one_open_sweep_per_subscription
        ON swept (subscription_id)
        WHERE state IN ('checking', 'due', 'going', 'held', 'stays')
    """,
    """
    CREATE TABLE sweep_decisions (
        sweep_id UUID NOT NULL,
        step TEXT NOT NULL,
        answer TEXT NOT NULL,
        by BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_sweep_decisions PRIMARY KEY (sweep_id, step),
        CONSTRAINT ck_sweep_decisions_step_known CHECK (step IN ('answer', 'undo')),
        CONSTRAINT ck_sweep_decisions_answer_known CHECK (answer IN ('go_on', 'leave_in', 'undo')),
        CONSTRAINT fk_sweep_decisions_sweep_id FOREIGN KEY(sweep_id) REFERENCES sweeps (id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("sweep_decisions", "swept", "sweeps"):
        op.execute(f"DROP TABLE {table}")
