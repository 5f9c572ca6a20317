"""Fill the search text of existing customers."""

from subscriptions.infrastructure.database import online_changes

revision = "174_fill_search_names"
down_revision = "173_keep_last_names"


def upgrade() -> None:
    # The previous revision's trigger writes the text, whatever value is assigned.
    online_changes.backfill("customers", "search_name = ' '", "search_name = ''")


def downgrade() -> None:
    """Do nothing: the previous revision drops the column."""
