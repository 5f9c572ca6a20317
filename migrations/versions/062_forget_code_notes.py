"""Notes of imported codes held names and e-mails, which no erasure found where the code was not used: the key stays."""

from alembic import op

revision = "062_forget_code_notes"
down_revision = "061_keep_figures"


def upgrade() -> None:
    # What stood last, behind name and username; what was cut off ends with anything.
    op.execute(
        "UPDATE activation_tokens SET note = CASE WHEN length(note) >= 200 OR note ~ '@\\S*$' THEN ''"
        " ELSE regexp_replace(note, '^.*\\s', '') END WHERE campaign = 'import'"
    )


def downgrade() -> None:
    """What was forgotten stays so."""
