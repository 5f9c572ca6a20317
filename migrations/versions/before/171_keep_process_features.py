"""Store the features and versions that each process has loaded, so that lasting differences between processes are
noticed.
"""

from alembic import op

revision = "171_keep_process_features"
down_revision = "170_seal_records"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE process_features (owner text NOT NULL, process text NOT NULL, features text NOT NULL,"
        " seen_at timestamptz NOT NULL, CONSTRAINT pk_process_features PRIMARY KEY (owner))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE process_features")
    # `umbral migrate` created it from the features' declarations.
    op.execute("DROP FUNCTION IF EXISTS umbral_left(text[])")
