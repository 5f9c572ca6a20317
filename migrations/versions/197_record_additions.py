"""Record each row that a process adds or changes in a watched table, so that the worker can report what no use case
wrote.

The triggers that call `umbral_record_addition` are declared with the rights of the processes
(`grants.addition_triggers`, `grants.change_triggers`). As with `deletions`, no login may add a record or remove one of
the last four weeks.
"""

from alembic import op

revision = "197_record_additions"
down_revision = "196_keep_charges_under_way"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE additions (
        id BIGSERIAL NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        login TEXT NOT NULL,
        relation TEXT NOT NULL,
        label TEXT,
        transaction BIGINT NOT NULL,
        checked BOOLEAN DEFAULT false NOT NULL,
        CONSTRAINT pk_additions PRIMARY KEY (id)
    )
    """)
    op.execute("CREATE INDEX ix_additions_unchecked ON additions (login, relation, id) WHERE NOT checked")
    op.execute("""
    CREATE FUNCTION umbral_record_addition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog AS $record$ BEGIN
            INSERT INTO public.additions (at, login, relation, label, transaction)
                VALUES (clock_timestamp(), session_user, TG_TABLE_NAME, to_jsonb(new) ->> TG_ARGV[0], txid_current());
            RETURN NULL;
        END $record$
    """)
    op.execute("REVOKE EXECUTE ON FUNCTION umbral_record_addition() FROM PUBLIC")
    op.execute("""
    CREATE TRIGGER addition_guard BEFORE DELETE ON additions FOR EACH ROW
        WHEN (old.at > clock_timestamp() - interval '29 days' AND NOT umbral_may_write('anything', ''))
        EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION umbral_record_addition() CASCADE")
    op.execute("DROP TABLE additions")
