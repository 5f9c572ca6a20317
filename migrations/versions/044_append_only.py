"""The audit log, the ledger and the receipts are added to and never changed: a trigger refuses the owner, too.

One change is lawful: what says who a person was may be blanked, for good, when that person wants to be forgotten. It is
known by what it does, so nobody can pretend.
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
