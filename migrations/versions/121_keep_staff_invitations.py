"""Create staff invitations with single-use links."""

from alembic import op

revision = "121_keep_staff_invitations"
down_revision = "118_welcome_in_groups"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE staff_invitations (id uuid NOT NULL, digest text NOT NULL, role text NOT NULL,"
        " made_by text NOT NULL, made_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, opened_by bigint,"
        " opened_at timestamptz, accepted_at timestamptz,"
        " CONSTRAINT pk_staff_invitations PRIMARY KEY (id),"
        " CONSTRAINT one_staff_invitation_per_digest UNIQUE (digest))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE staff_invitations")
