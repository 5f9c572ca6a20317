"""Record each row that a process deletes, so that the worker can report the deletions that no use case made.

The triggers that call `umbral_record_deletion` are declared with the rights of the processes
(`grants.deletion_triggers`). No login may add a record, and the worker, which checks the records, may delete only those
of earlier weeks.

Each audit entry stores the number of its transaction, which links the entry to the rows deleted in the same
transaction.
"""

from alembic import op

revision = "191_record_deletions"
down_revision = "190_guard_event_results"


def upgrade() -> None:
    op.execute("ALTER TABLE audit_log ADD COLUMN transaction BIGINT")
    op.execute("ALTER TABLE audit_log ALTER COLUMN transaction SET DEFAULT txid_current()")
    op.execute("""
    CREATE TABLE deletions (
        id BIGSERIAL NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        login TEXT NOT NULL,
        relation TEXT NOT NULL,
        transaction BIGINT NOT NULL,
        checked BOOLEAN DEFAULT false NOT NULL,
        CONSTRAINT pk_deletions PRIMARY KEY (id)
    )
    """)
    op.execute("CREATE INDEX ix_deletions_unchecked ON deletions (login, relation, id) WHERE NOT checked")
    op.execute("""
    CREATE FUNCTION umbral_record_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog AS $record$ BEGIN
            INSERT INTO public.deletions (at, login, relation, transaction)
                VALUES (clock_timestamp(), session_user, TG_TABLE_NAME, txid_current());
            RETURN NULL;
        END $record$
    """)
    op.execute("REVOKE EXECUTE ON FUNCTION umbral_record_deletion() FROM PUBLIC")
    op.execute("""
    CREATE TRIGGER deletion_guard BEFORE DELETE ON deletions FOR EACH ROW
        WHEN (old.at > clock_timestamp() - interval '29 days' AND NOT umbral_may_write('anything', ''))
        EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION umbral_record_deletion() CASCADE")
    op.execute("DROP TABLE deletions")
    op.execute("ALTER TABLE audit_log DROP COLUMN transaction")
