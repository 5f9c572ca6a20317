"""Create append-only records of accepted terms and of declarations before payment."""

from alembic import op

revision = "086_keep_consents"
down_revision = "085_keep_withdrawals"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE consents (customer_id UUID NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL,"
        " accepted_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_consents PRIMARY KEY (customer_id, version),"
        " CONSTRAINT fk_consents_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute(
        "INSERT INTO consents (customer_id, version, language, accepted_at)"
        " SELECT id, terms_version, '', terms_accepted_at FROM customers"
        " WHERE terms_version IS NOT NULL AND terms_accepted_at IS NOT NULL"
    )
    op.execute(
        "CREATE TABLE declarations (id UUID NOT NULL, order_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " kind TEXT NOT NULL, begins BOOLEAN NOT NULL, acknowledges BOOLEAN NOT NULL, words TEXT NOT NULL,"
        " language TEXT NOT NULL, version TEXT NOT NULL, declared_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_declarations PRIMARY KEY (id),"
        " CONSTRAINT ck_declarations_kind_known CHECK (kind IN ('content', 'service')),"
        " CONSTRAINT fk_declarations_order_id FOREIGN KEY (order_id) REFERENCES orders (id),"
        " CONSTRAINT fk_declarations_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_declarations_order_id ON declarations (order_id)")
    op.execute("CREATE INDEX ix_declarations_customer_id ON declarations (customer_id)")


def downgrade() -> None:
    op.execute("DROP TABLE declarations")
    op.execute("DROP TABLE consents")
