"""Delete names and email addresses from the notes of imported codes, which erasure did not reach; the import key
stays.
"""

from alembic import op

revision = "062_forget_code_notes"
down_revision = "061_keep_figures"


def upgrade() -> None:
    # The email address is at the end, after name and username; a truncated note may end with anything.
    op.execute(
        "UPDATE activation_tokens SET note = CASE WHEN length(note) >= 200 OR note ~ '@\\S*$' THEN ''"
        " ELSE regexp_replace(note, '^.*\\s', '') END WHERE campaign = 'import'"
    )


def downgrade() -> None:
    """Do nothing: deleted notes cannot be restored."""
