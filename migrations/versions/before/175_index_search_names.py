"""Create a trigram index that finds customers by parts of their names and despite typos."""

from subscriptions.infrastructure.database import online_changes

revision = "175_index_search_names"
down_revision = "174_fill_search_names"


def upgrade() -> None:
    online_changes.create_index("ix_customers_search_name", "customers USING gin (search_name gin_trgm_ops)")


def downgrade() -> None:
    online_changes.drop_index("ix_customers_search_name")
