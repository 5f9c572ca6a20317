"""Grant the new permission for referrals to custom roles that can see customers."""

from alembic import op

revision = "177_let_roles_see_referrals"
down_revision = "176_index_channel_titles"


def upgrade() -> None:
    op.execute(
        "UPDATE own_roles SET permissions = permissions || ' referral.see'"
        " WHERE 'customer.see' = ANY(string_to_array(permissions, ' '))"
        " AND NOT 'referral.see' = ANY(string_to_array(permissions, ' '))"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE own_roles SET permissions = array_to_string(array_remove(string_to_array(permissions, ' '),"
        " 'referral.see'), ' ')"
    )
