"""Grant the new permission for gifts to custom roles that can see customers."""

from alembic import op

revision = "178_let_roles_see_gifts"
down_revision = "177_let_roles_see_referrals"


def upgrade() -> None:
    op.execute(
        "UPDATE own_roles SET permissions = permissions || ' gift.see'"
        " WHERE 'customer.see' = ANY(string_to_array(permissions, ' '))"
        " AND NOT 'gift.see' = ANY(string_to_array(permissions, ' '))"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE own_roles SET permissions = array_to_string(array_remove(string_to_array(permissions, ' '),"
        " 'gift.see'), ' ')"
    )
