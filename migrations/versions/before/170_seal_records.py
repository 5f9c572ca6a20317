"""Verify new entries of a plan's record in the database: an entry must continue its chain, have the current time and a
hash of its content, and be about a tip that was published before its start.

Existing rows are not checked; `umbral record verify` reports errors in them.
"""

from alembic import op

revision = "170_seal_records"
down_revision = "162_notify_before_transfer"

_CHECKS = """
DECLARE
    newest public.record_entries;
    tip public.record_entries;
    present tstzrange := public.umbral_present();
    said jsonb;
    said_start timestamptz;
    line text;
    fault text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524));
    SELECT * INTO newest FROM public.record_entries WHERE plan_id = NEW.plan_id ORDER BY number DESC LIMIT 1;
    SELECT * INTO tip FROM public.record_entries
        WHERE tip_id = NEW.tip_id AND plan_id = NEW.plan_id AND kind IN ('published', 'revised')
        ORDER BY number DESC LIMIT 1;
    BEGIN
        said := NEW.body::jsonb;
        said_start := said->>'starts_at';
    EXCEPTION WHEN data_exception OR statement_too_complex THEN
        said := NULL;
    END;
    line := '[' || concat_ws(',', to_json(NEW.previous), to_json(NEW.plan_id::text), NEW.number,
        to_json(NEW.tip_id::text), to_json(NEW.kind),
        to_json(to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'),
        to_json(to_char(NEW.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'),
        to_json(NEW.origin), to_json(NEW.salt), to_json(NEW.body)) || ']';
    fault := CASE
        WHEN NEW.number <> coalesce(newest.number, 0) + 1 THEN 'number'
        WHEN NEW.previous <> coalesce(newest.hash, repeat('0', 64)) THEN 'previous'
        WHEN NOT isfinite(NEW.at) OR NOT isfinite(NEW.starts_at) THEN 'time'
        WHEN NEW.hash <> encode(sha256(convert_to(line, 'UTF8')), 'hex') THEN 'hash'
        WHEN NEW.at < newest.at THEN 'time'
        WHEN NOT NEW.at <@ present AND NEW.at IS DISTINCT FROM newest.at THEN 'time'
        WHEN said IS NULL OR jsonb_typeof(said) <> 'object' THEN 'body'
        WHEN NEW.kind IN ('published', 'revised') AND NEW.at >= NEW.starts_at THEN 'start'
        -- Its own clock may be a little behind; this one decides.
        WHEN NEW.kind IN ('published', 'revised')
            AND NEW.starts_at <= lower(present) + interval '1 minute' THEN 'start'
        WHEN NEW.kind IN ('published', 'revised', 'corrected') AND NOT coalesce(
            jsonb_typeof(said->'event') = 'string' AND jsonb_typeof(said->'market') = 'string'
            AND jsonb_typeof(said->'selection') = 'string' AND jsonb_typeof(said->'odds') = 'string'
            AND jsonb_typeof(said->'stake') = 'string' AND jsonb_typeof(said->'starts_at') = 'string'
            AND said->>'odds' ~ '^[0-9]+([.][0-9]+)?$' AND said->>'stake' ~ '^[0-9]+([.][0-9]+)?$'
            AND said->>'starts_at' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T', false) THEN 'body'
        WHEN NEW.kind IN ('published', 'revised') AND said_start <> NEW.starts_at THEN 'start'
        WHEN NEW.kind IN ('settled', 'resettled') AND coalesce(said->>'result', '') NOT IN
            ('won', 'lost', 'push', 'void', 'half_won', 'half_lost', 'cashed_out') THEN 'body'
        WHEN NEW.kind = 'published' AND NOT EXISTS (
            SELECT FROM public.picks WHERE id = NEW.tip_id AND plan_id = NEW.plan_id) THEN 'tip'
        WHEN NEW.kind <> 'published' AND tip.number IS NULL THEN 'tip'
        WHEN NEW.kind = 'revised' AND NEW.at >= tip.starts_at THEN 'start'
        WHEN NEW.kind IN ('corrected', 'withdrawn', 'settled', 'resettled')
            AND NEW.starts_at <> tip.starts_at THEN 'start'
        WHEN NEW.kind IN ('settled', 'resettled') AND NEW.at < NEW.starts_at THEN 'start'
        WHEN NEW.kind = 'resettled' AND NOT EXISTS (
            SELECT FROM public.record_entries WHERE tip_id = NEW.tip_id AND kind = 'settled') THEN 'tip'
        END;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'entry % of the record of plan % is refused: its % is wrong', NEW.number, NEW.plan_id, fault
            USING ERRCODE = '23001', CONSTRAINT = 'record_entry_' || fault;
    END IF;
    RETURN NEW;
END
"""


def upgrade() -> None:
    # Allowed timestamp of an entry. `umbral migrate` replaces the function for the installation's clock.
    op.execute(
        "CREATE FUNCTION umbral_present() RETURNS tstzrange LANGUAGE sql VOLATILE SET search_path = pg_catalog AS"
        " $$ SELECT tstzrange(clock_timestamp() - interval '1 minute', clock_timestamp() + interval '1 minute') $$"
    )
    # Used by lists, which must not fail because of a body that is not JSON.
    op.execute(
        "CREATE FUNCTION umbral_json(body text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE"
        " SET search_path = pg_catalog AS $$ BEGIN RETURN body::jsonb;"
        " EXCEPTION WHEN data_exception OR statement_too_complex THEN RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION chain_record_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog"
        f" AS $chain${_CHECKS}$chain$"
    )
    op.execute(
        "CREATE TRIGGER chained BEFORE INSERT ON record_entries FOR EACH ROW EXECUTE FUNCTION chain_record_entry()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER chained ON record_entries")
    op.execute("DROP FUNCTION chain_record_entry()")
    op.execute("DROP FUNCTION umbral_present()")
    op.execute("DROP FUNCTION umbral_json(text)")
