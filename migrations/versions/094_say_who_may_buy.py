"""Add a plan's rules about buyers and repeat purchases, and whether the plan is listed."""

from alembic import op

revision = "094_say_who_may_buy"
down_revision = "088_keep_notice_texts"

FIELDS = {
    "buyers": ("everybody", "newcomers", "customers", "code"),
    "per_person": ("auto", "once", "unlimited"),
    "listing": ("listed", "hidden"),
}


def upgrade() -> None:
    op.execute("ALTER TABLE service_plans ADD COLUMN holders_of TEXT")
    for field, values in FIELDS.items():
        known = ", ".join(f"'{value}'" for value in values)
        op.execute(
            f"ALTER TABLE service_plans ADD COLUMN {field} TEXT NOT NULL DEFAULT '{values[0]}',"
            f" ADD CONSTRAINT ck_service_plans_{field}_known CHECK ({field} IN ({known}))"
        )


def downgrade() -> None:
    for field in (*FIELDS, "holders_of"):
        op.execute(f"ALTER TABLE service_plans DROP COLUMN {field}")
