"""Make the audit log, the ledger and the receipts append-only: a trigger refuses changes, even by the owner.

One change is allowed: an erasure request permanently blanks personal data. The trigger recognises this change by the
columns changed, so no other update can pass as one.
"""

from textwrap import dedent

from alembic import op

revision = "044_append_only"
down_revision = "043_add_order_asked"

PERSONAL = {
    "audit_log": ("actor", "subject", "why", "facts"),
    "ledger_entries": ("note",),
    "receipts": ("customer_ref",),
}

REFUSE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    DECLARE
        personal jsonb;
        name text;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            personal := to_jsonb(NEW);
            FOREACH name IN ARRAY TG_ARGV LOOP
                IF personal -> name NOT IN ('null', '""', '{}') AND personal -> name <> to_jsonb(OLD) -> name THEN
                    RAISE EXCEPTION '%.% may be blanked, and nothing else', TG_TABLE_NAME, name USING ERRCODE = '23001';
                END IF;
            END LOOP;
            IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001';
    END $$
"""


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    run(dedent(REFUSE))
    for table, personal in PERSONAL.items():
        names = ", ".join(f"'{name}'" for name in personal)
        run(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_change({names})"
        )
        run(f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    for table in PERSONAL:
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP TRIGGER never_emptied ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
