"""Create promotion codes, their holders, and the orders paid with them."""

from alembic import op

revision = "060_create_promotions"
down_revision = "059_add_plan_texts"

_MONEY = ("discount", "later")


def upgrade() -> None:
    op.execute(
        "CREATE TABLE promotions (id UUID NOT NULL, code TEXT NOT NULL, percent INTEGER, amount_minor BIGINT,"
        " amount_currency CHAR(3), days INTEGER, plan_id UUID, first_only BOOLEAN NOT NULL, once BOOLEAN NOT NULL,"
        " uses INTEGER, expires_at TIMESTAMPTZ, created_at TIMESTAMPTZ NOT NULL,"
        " created_by BIGINT, stopped_at TIMESTAMPTZ,"
        " CONSTRAINT pk_promotions PRIMARY KEY (id), CONSTRAINT one_promotion_per_code UNIQUE (code),"
        " CONSTRAINT fk_promotions_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id),"
        " CONSTRAINT ck_promotions_amount_whole CHECK ((amount_minor IS NULL) = (amount_currency IS NULL)),"
        " CONSTRAINT ck_promotions_amount_not_negative CHECK (amount_minor >= 0),"
        " CONSTRAINT ck_promotions_gives_one_thing CHECK (num_nonnulls(percent, amount_minor, days) = 1),"
        " CONSTRAINT ck_promotions_percent_of_a_price CHECK (percent BETWEEN 1 AND 99),"
        " CONSTRAINT ck_promotions_gives_time CHECK (days >= 1),"
        " CONSTRAINT ck_promotions_used_once_at_least CHECK (uses >= 1))"
    )
    op.execute(
        "CREATE TABLE promotion_claims (customer_id UUID NOT NULL, promotion_id UUID NOT NULL,"
        " claimed_at TIMESTAMPTZ NOT NULL, CONSTRAINT pk_promotion_claims PRIMARY KEY (customer_id, promotion_id),"
        " CONSTRAINT fk_promotion_claims_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),"
        " CONSTRAINT fk_promotion_claims_promotion_id FOREIGN KEY (promotion_id) REFERENCES promotions (id))"
    )
    op.execute("CREATE INDEX ix_promotion_claims_promotion_id ON promotion_claims (promotion_id)")
    op.execute(
        "CREATE TABLE promotion_uses (order_id UUID NOT NULL, promotion_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " discount_minor BIGINT NOT NULL, discount_currency CHAR(3) NOT NULL, days INTEGER NOT NULL,"
        " used_at TIMESTAMPTZ NOT NULL, CONSTRAINT pk_promotion_uses PRIMARY KEY (order_id),"
        " CONSTRAINT ck_promotion_uses_discount_not_negative CHECK (discount_minor >= 0),"
        " CONSTRAINT fk_promotion_uses_order_id FOREIGN KEY (order_id) REFERENCES orders (id),"
        " CONSTRAINT fk_promotion_uses_promotion_id FOREIGN KEY (promotion_id) REFERENCES promotions (id),"
        " CONSTRAINT fk_promotion_uses_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_promotion_uses_promotion_id ON promotion_uses (promotion_id)")
    op.execute("CREATE INDEX ix_promotion_uses_customer_id ON promotion_uses (customer_id)")
    op.execute(
        "ALTER TABLE checkout_attempts ADD COLUMN promotion_id UUID"
        " CONSTRAINT fk_checkout_attempts_promotion_id REFERENCES promotions (id)"
    )
    for field in _MONEY:
        op.execute(
            f"ALTER TABLE checkout_attempts ADD COLUMN {field}_minor BIGINT, ADD COLUMN {field}_currency CHAR(3),"
            f" ADD CONSTRAINT ck_checkout_attempts_{field}_not_negative CHECK ({field}_minor >= 0),"
            f" ADD CONSTRAINT ck_checkout_attempts_{field}_whole"
            f" CHECK (({field}_minor IS NULL) = ({field}_currency IS NULL))"
        )
    op.execute(
        "CREATE INDEX ix_checkout_attempts_promotion_id ON checkout_attempts (promotion_id)"
        " WHERE promotion_id IS NOT NULL"
    )


def downgrade() -> None:
    for field in _MONEY:
        op.execute(f"ALTER TABLE checkout_attempts DROP COLUMN {field}_minor, DROP COLUMN {field}_currency")
    op.execute("ALTER TABLE checkout_attempts DROP COLUMN promotion_id")
    for table in ("promotion_uses", "promotion_claims", "promotions"):
        op.execute(f"DROP TABLE {table}")
