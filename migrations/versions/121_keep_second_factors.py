"""Create second factors for staff at the console: an encrypted authenticator secret, and digests of recovery codes."""

from alembic import op

revision = "121_keep_second_factors"
down_revision = "121_keep_own_roles"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE second_factors (person bigint NOT NULL, secret text NOT NULL, confirmed_at timestamptz,"
        " last_step bigint NOT NULL, recovery text, misses integer NOT NULL, missed_at timestamptz,"
        " CONSTRAINT pk_second_factors PRIMARY KEY (person))"
    )
    op.execute("ALTER TABLE console_visits ADD COLUMN proved boolean NOT NULL DEFAULT true")


def downgrade() -> None:
    # Sessions still waiting for the second factor must not become valid in the previous version.
    op.execute("DELETE FROM console_visits WHERE NOT proved")
    op.execute("ALTER TABLE console_visits DROP COLUMN proved")
    op.execute("DROP TABLE second_factors")
