"""Show each encrypted setting only to the logins of the processes that read it.

The owner of the tables sees all rows; so do the worker, which makes backups, and the console, which stores new keys.
Values of an earlier version name no reader and are shown as before, until `umbral migrate` encrypts them again.

The bot, or an owner of the tables that is the login of all processes, may encrypt the bot's token again after the
setup, for the processes that need the token once a payment method is connected.
"""

from alembic import op

revision = "201_seal_for_processes"
down_revision = "201_count_code_misses"

_TABLES = ("sealed_settings", "payment_keys")
_REFUSED = "USING ERRCODE = '42501'"
_KEEP = (
    "CREATE OR REPLACE FUNCTION keep_sealed_settings() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog"
    " AS $keep$ BEGIN IF NOT public.umbral_setup_open(){but} THEN"
    f" RAISE EXCEPTION 'sealed settings change only while the installation is being set up' {_REFUSED}; END IF;"
    " RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $keep$"
)
_BUT = (
    " AND NOT (TG_OP = 'UPDATE' AND OLD.name = 'TELEGRAM_SUBSCRIPTION_BOT_TOKEN' AND NEW.name = OLD.name"
    " AND (coalesce(pg_has_role(current_user, to_regrole('umbral_bot'), 'USAGE'), false)"
    " OR public.umbral_may_write('anything', '')))"
)


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION umbral_reads_setting(readers text) RETURNS boolean LANGUAGE sql STABLE"
        " SET search_path = pg_catalog AS $reads$ SELECT readers = '' OR EXISTS (SELECT FROM"
        " unnest(string_to_array(readers, ' ') || '{worker,console}') AS reader"
        " WHERE pg_has_role(current_user, to_regrole('umbral_' || reader), 'USAGE')) $reads$"
    )
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN readers text NOT NULL DEFAULT ''")
        op.execute(f"CREATE POLICY readers ON {table} USING (umbral_reads_setting(readers)) WITH CHECK (true)")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(_KEEP.format(but=_BUT))


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY readers ON {table}")
        op.execute(f"ALTER TABLE {table} DROP COLUMN readers")
    op.execute("DROP FUNCTION umbral_reads_setting(text)")
    op.execute(_KEEP.format(but=""))
