"""Record the use of the operator's links, including by known customers."""

from alembic import op

revision = "067_note_links"
down_revision = "066_add_zones"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE link_uses (source TEXT NOT NULL, customer_id UUID NOT NULL, used_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_link_uses PRIMARY KEY (customer_id, source),"
        " CONSTRAINT fk_link_uses_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_link_uses_used_at ON link_uses (used_at)")
    op.execute(
        "INSERT INTO link_uses (source, customer_id, used_at)"
        " SELECT source, id, created_at FROM customers WHERE source IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP TABLE link_uses")
