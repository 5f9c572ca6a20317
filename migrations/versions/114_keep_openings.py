"""Create grandfathered entitlements, which last until the period ends."""

from alembic import op

revision = "114_keep_openings"
down_revision = "110_keep_dispute_responses"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE kept_openings (subscription_id uuid NOT NULL, resource_id uuid NOT NULL,"
        " until timestamptz NOT NULL,"
        " CONSTRAINT pk_kept_openings PRIMARY KEY (subscription_id, resource_id),"
        " CONSTRAINT fk_kept_openings_subscription_id FOREIGN KEY (subscription_id)"
        " REFERENCES subscriptions (id) ON DELETE CASCADE,"
        " CONSTRAINT fk_kept_openings_resource_id FOREIGN KEY (resource_id) REFERENCES resources (id))"
    )
    op.execute("CREATE INDEX ix_kept_openings_until ON kept_openings (until)")


def downgrade() -> None:
    op.execute("DROP TABLE kept_openings")
