"""Create records of plans: append-only chains of published, revised, withdrawn and settled tips.

A post that is a tip has a deadline.
"""

from alembic import op

revision = "100_keep_records"
down_revision = "091_sell_groups"


def upgrade() -> None:
    op.execute("ALTER TABLE picks ADD COLUMN deadline TIMESTAMPTZ")
    op.execute("CREATE INDEX ix_picks_deadline ON picks (deadline) WHERE deadline IS NOT NULL")
    op.execute(
        "CREATE TABLE record_entries (plan_id UUID NOT NULL, number INTEGER NOT NULL, tip_id UUID NOT NULL,"
        " kind TEXT NOT NULL, at TIMESTAMPTZ NOT NULL, starts_at TIMESTAMPTZ NOT NULL, origin TEXT NOT NULL,"
        " salt TEXT NOT NULL, body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,"
        " CONSTRAINT pk_record_entries PRIMARY KEY (plan_id, number),"
        " CONSTRAINT ck_record_entries_kind_known CHECK"
        " (kind IN ('published', 'revised', 'corrected', 'withdrawn', 'settled', 'resettled')),"
        " CONSTRAINT ck_record_entries_number_from_one CHECK (number >= 1),"
        " CONSTRAINT fk_record_entries_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id),"
        " CONSTRAINT fk_record_entries_tip_id FOREIGN KEY (tip_id) REFERENCES picks (id))"
    )
    op.execute("CREATE INDEX ix_record_entries_tip_id ON record_entries (tip_id, number)")
    op.execute("CREATE UNIQUE INDEX one_tip_per_pick ON record_entries (tip_id) WHERE kind = 'published'")
    op.execute("CREATE UNIQUE INDEX one_settlement_per_tip ON record_entries (tip_id) WHERE kind = 'settled'")
    # The table has no personal data, so the trigger does not allow blanking either.
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON record_entries"
        " FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute("CREATE TRIGGER never_emptied BEFORE TRUNCATE ON record_entries EXECUTE FUNCTION refuse_rewriting()")


def downgrade() -> None:
    op.execute("DROP TABLE record_entries")
    op.execute("DROP FUNCTION refuse_rewriting()")
    op.execute("DROP INDEX ix_picks_deadline")
    op.execute("ALTER TABLE picks DROP COLUMN deadline")
