"""Store actions in the Mini App and the chat's answers, and Mini App sessions beside console sessions."""

from alembic import op

revision = "125_keep_app_presses"
down_revision = "112_keep_partners"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE app_presses (id uuid NOT NULL, person bigint NOT NULL, key text NOT NULL, data text NOT NULL,"
        " before uuid, place integer NOT NULL, names jsonb NOT NULL, asked_at timestamptz NOT NULL, messages jsonb,"
        " answered_at timestamptz, CONSTRAINT pk_app_presses PRIMARY KEY (id),"
        " CONSTRAINT one_app_press_per_key UNIQUE (person, key))"
    )
    op.execute("CREATE INDEX ix_app_presses_asked_at ON app_presses (asked_at)")
    # A version without this column accepts only console sessions, as before.
    op.execute("ALTER TABLE console_visits ADD COLUMN app boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("DELETE FROM console_visits WHERE app")
    op.execute("ALTER TABLE console_visits DROP COLUMN app")
    op.execute("DROP TABLE app_presses")
