"""Create the tables of the tip record: its hash chain, its rules, its posts and its reminders."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_record"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE record_channels (
        plan_id UUID NOT NULL,
        username TEXT NOT NULL,
        language TEXT NOT NULL,
        teasers TEXT NOT NULL,
        CONSTRAINT pk_record_channels PRIMARY KEY (plan_id),
        CONSTRAINT ck_record_channels_teasers_known CHECK (teasers IN ('none', 'daily', 'every')),
        CONSTRAINT fk_record_channels_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE record_posts (
        plan_id UUID NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        number INTEGER,
        hash TEXT,
        username TEXT NOT NULL,
        text TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        message_id BIGINT,
        posted_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_record_posts PRIMARY KEY (plan_id, kind, subject),
        CONSTRAINT ck_record_posts_kind_known CHECK (kind IN ('opening', 'closing', 'teaser', 'tip', 'month')),
        CONSTRAINT ck_record_posts_digest_has_hash CHECK ((kind IN ('opening', 'closing')) = (hash IS NOT NULL) AND
            (hash IS NULL) = (number IS NULL)),
        CONSTRAINT ck_record_posts_posted_known CHECK ((message_id IS NULL) = (posted_at IS NULL)),
        CONSTRAINT fk_record_posts_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id)
    )
    """,
    """
    CREATE TABLE record_rules (
        plan_id UUID NOT NULL,
        withdrawn TEXT NOT NULL,
        CONSTRAINT pk_record_rules PRIMARY KEY (plan_id),
        CONSTRAINT ck_record_rules_withdrawn_known CHECK (withdrawn IN ('void', 'lost')),
        CONSTRAINT fk_record_rules_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE tip_reminders (
        plan_id UUID NOT NULL,
        minutes INTEGER NOT NULL,
        CONSTRAINT pk_tip_reminders PRIMARY KEY (plan_id),
        CONSTRAINT ck_tip_reminders_minutes_positive CHECK (minutes >= 1),
        CONSTRAINT fk_tip_reminders_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE record_entries (
        plan_id UUID NOT NULL,
        number INTEGER NOT NULL,
        tip_id UUID NOT NULL,
        kind TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        origin TEXT NOT NULL,
        salt TEXT NOT NULL,
        body TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL,
        CONSTRAINT pk_record_entries PRIMARY KEY (plan_id, number),
        CONSTRAINT ck_record_entries_kind_known CHECK (kind IN ('published', 'revised', 'corrected', 'withdrawn',
            'settled', 'resettled')),
        CONSTRAINT ck_record_entries_number_from_one CHECK (number >= 1),
        CONSTRAINT fk_record_entries_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_record_entries_tip_id FOREIGN KEY (tip_id) REFERENCES picks (id)
    )
    """,
    "CREATE INDEX ix_record_entries_tip_id ON record_entries (tip_id, number)",
    "CREATE UNIQUE INDEX one_settlement_per_tip ON record_entries (tip_id) WHERE kind = 'settled'",
    "CREATE UNIQUE INDEX one_tip_per_pick ON record_entries (tip_id) WHERE kind = 'published'",
    (
        "CREATE FUNCTION keep_record_post() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ "
        "BEGIN IF TG_OP = 'UPDATE' AND OLD.message_id IS NULL AND (NEW.plan_id, NEW.kind, NEW.subject, "
        "NEW.number, NEW.hash, NEW.username, NEW.text, NEW.at) IS NOT DISTINCT FROM (OLD.plan_id, OLD.kind, "
        "OLD.subject, OLD.number, OLD.hash, OLD.username, OLD.text, OLD.at) THEN RETURN NEW; END IF; RAISE "
        "EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    ),
    (
        "CREATE FUNCTION choose_teaser() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ "
        "BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524)); IF NEW.kind "
        "= 'teaser' AND (NEW.at < (SELECT max(at) FROM public.record_entries WHERE plan_id = NEW.plan_id) OR "
        "NEW.at >= coalesce((SELECT starts_at FROM public.record_entries WHERE plan_id = NEW.plan_id AND tip_id "
        "= NEW.subject::uuid ORDER BY number DESC LIMIT 1), NEW.at) OR EXISTS (SELECT FROM public.record_entries "
        "WHERE tip_id = NEW.subject::uuid AND kind IN ('withdrawn', 'settled'))) THEN RAISE EXCEPTION 'a teaser "
        "is chosen before the start of its tip' USING ERRCODE = '23001'; END IF; IF NEW.kind = 'tip' AND NOT "
        "EXISTS (SELECT FROM public.record_posts WHERE plan_id = NEW.plan_id AND kind = 'teaser' AND subject = "
        "NEW.subject) THEN RAISE EXCEPTION 'only what was teased is shown whole' USING ERRCODE = '23001'; END "
        "IF; RETURN NEW; END $$"
    ),
    (
        "CREATE FUNCTION keep_record_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ "
        "DECLARE plan uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END; BEGIN PERFORM "
        "pg_advisory_xact_lock(hashtextextended(plan::text, 125779785511524)); IF EXISTS (SELECT FROM "
        "public.record_entries WHERE plan_id = plan) OR (TG_OP = 'UPDATE' AND OLD.plan_id <> NEW.plan_id) THEN "
        "RAISE EXCEPTION 'the record of plan % has begun: how it counts withdrawn tips is fixed', plan USING "
        "ERRCODE = '23001'; END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$"
    ),
    (
        "CREATE FUNCTION follow_record_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS "
        "$$ BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524)); IF "
        "coalesce(NEW.body::jsonb->>'withdrawn', 'void') <> coalesce((SELECT withdrawn FROM public.record_rules "
        "WHERE plan_id = NEW.plan_id), 'void') THEN RAISE EXCEPTION 'a tip of plan % counts withdrawn tips "
        "otherwise than its plan', NEW.plan_id USING ERRCODE = '23001'; END IF; RETURN NEW; END $$"
    ),
    """
    CREATE FUNCTION chain_record_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog
    AS $_$
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
$_$
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON record_posts FOR EACH ROW EXECUTE FUNCTION
        keep_record_post()
    """,
    """
    CREATE TRIGGER before_its_start BEFORE INSERT ON record_posts FOR EACH ROW WHEN ((new.kind = ANY
        (ARRAY['teaser'::text, 'tip'::text]))) EXECUTE FUNCTION choose_teaser()
    """,
    """
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON record_posts FOR EACH STATEMENT EXECUTE FUNCTION
        refuse_rewriting()
    """,
    """
    CREATE TRIGGER fixed_by_first_tip BEFORE INSERT OR DELETE OR UPDATE ON record_rules FOR EACH ROW EXECUTE
        FUNCTION keep_record_rule()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON record_entries FOR EACH ROW EXECUTE FUNCTION
        refuse_rewriting()
    """,
    """
    CREATE TRIGGER by_rule_of_plan BEFORE INSERT ON record_entries FOR EACH ROW WHEN ((new.kind =
        'published'::text)) EXECUTE FUNCTION follow_record_rule()
    """,
    "CREATE TRIGGER chained BEFORE INSERT ON record_entries FOR EACH ROW EXECUTE FUNCTION chain_record_entry()",
    """
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON record_entries FOR EACH STATEMENT EXECUTE FUNCTION
        refuse_rewriting()
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("record_channels"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE record_entries")
    op.execute("DROP TABLE tip_reminders")
    op.execute("DROP TABLE record_rules")
    op.execute("DROP TABLE record_posts")
    op.execute("DROP TABLE record_channels")
    op.execute("DROP FUNCTION keep_record_post()")
    op.execute("DROP FUNCTION choose_teaser()")
    op.execute("DROP FUNCTION keep_record_rule()")
    op.execute("DROP FUNCTION follow_record_rule()")
    op.execute("DROP FUNCTION chain_record_entry()")
