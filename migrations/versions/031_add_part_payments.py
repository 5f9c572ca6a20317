"""Count partial payments towards their order and store the amount of overpayments."""

from alembic import op

revision = "031_add_part_payments"
down_revision = "030_add_attempt_subscription"

FLAGS = ("amount_mismatch", "customer_mismatch", "second_capture", "subscription_over")


def _allow(flags: tuple[str, ...]) -> None:
    known = ", ".join(f"'{flag}'" for flag in flags)
    op.execute("ALTER TABLE payments DROP CONSTRAINT ck_payments_flag_known")
    op.execute(f"ALTER TABLE payments ADD CONSTRAINT ck_payments_flag_known CHECK (flag IN ({known}))")


def upgrade() -> None:
    op.execute("ALTER TABLE payments ADD COLUMN part BOOLEAN NOT NULL DEFAULT false")
    op.execute("ALTER TABLE payments ADD COLUMN excess_minor BIGINT")
    op.execute("ALTER TABLE payments ADD COLUMN excess_currency CHAR(3)")
    op.execute("ALTER TABLE payments ADD CONSTRAINT ck_payments_excess_not_negative CHECK (excess_minor >= 0)")
    op.execute(
        "ALTER TABLE payments ADD CONSTRAINT ck_payments_excess_whole"
        " CHECK ((excess_minor IS NULL) = (excess_currency IS NULL))"
    )
    _allow((*FLAGS, "order_closed"))


def downgrade() -> None:
    op.execute("UPDATE payments SET flag = 'second_capture' WHERE flag = 'order_closed'")
    _allow(FLAGS)
    for part in ("whole", "not_negative"):
        op.execute(f"ALTER TABLE payments DROP CONSTRAINT ck_payments_excess_{part}")
    for column in ("excess_currency", "excess_minor", "part"):
        op.execute(f"ALTER TABLE payments DROP COLUMN {column}")
