"""Check the stored amounts of failed charges against the constraints of the previous revision."""

from subscriptions.infrastructure.database import online_changes

revision = "194_check_owed_amounts"
down_revision = "193_keep_owed_amounts"


def upgrade() -> None:
    for name in ("whole", "not_negative"):
        online_changes.validate_constraint("subscriptions", f"ck_subscriptions_owed_amount_{name}")


def downgrade() -> None:
    """Leave the validated constraints, which the previous revision drops with their columns."""
