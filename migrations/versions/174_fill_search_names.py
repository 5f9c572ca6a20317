"""Known customers get the text by which they are found."""

from subscriptions.infrastructure.database import online_changes

revision = "174_fill_search_names"
down_revision = "173_keep_last_names"


def upgrade() -> None:
    # The trigger of the revision before writes the text whatever is assigned.
    online_changes.backfill("customers", "search_name = ' '", "search_name = ''")


def downgrade() -> None:
    """Nothing to take back: the column goes with the revision before."""
