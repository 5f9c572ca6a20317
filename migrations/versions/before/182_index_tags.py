"""Index the tags of customers, by which lists are filtered and audiences chosen."""

from subscriptions.infrastructure.database import online_changes

revision = "182_index_tags"
down_revision = "181_keep_tags"


def upgrade() -> None:
    online_changes.create_index("ix_customers_tags", "customers USING gin (string_to_array(tags, ' '))")


def downgrade() -> None:
    online_changes.drop_index("ix_customers_tags")
