"""Create the table of the encrypted keys of payment methods that owners enter in the console, separate from the
settings of the setup.

The stored settings of the setup remain unchangeable. The new table accepts keys of payment methods only. The time of
each change is set by the database's clock, so that no writer can hide a change from the worker, which reports changes
to the owners.
"""

from alembic import op

revision = "187_keep_payment_keys"
down_revision = "186_guard_due_jobs"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE payment_keys (
        name TEXT NOT NULL,
        sealed TEXT NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_payment_keys PRIMARY KEY (name)
    )
    """)
    op.execute("""
    CREATE FUNCTION stamp_payment_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $stamp$
        BEGIN NEW.changed_at = clock_timestamp(); RETURN NEW; END $stamp$
    """)
    op.execute("""
    CREATE TRIGGER stamped BEFORE INSERT OR UPDATE ON payment_keys
        FOR EACH ROW EXECUTE FUNCTION stamp_payment_key()
    """)


def downgrade() -> None:
    op.execute("DROP TABLE payment_keys")
    op.execute("DROP FUNCTION stamp_payment_key()")
