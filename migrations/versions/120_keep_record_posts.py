"""Create public channels of plans, and the posts about records in them.

A post is written once; only its message id is added later, once. A teaser must be about a tip that has neither started
nor a result, and a complete tip is posted only if it was teased. The database enforces both under the lock of the
chain, so that winners cannot be selected afterwards.
"""

from alembic import op

revision = "120_keep_record_posts"
down_revision = "113_keep_seen_chats"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE record_channels (plan_id UUID NOT NULL, username TEXT NOT NULL, language TEXT NOT NULL,"
        " teasers TEXT NOT NULL,"
        " CONSTRAINT pk_record_channels PRIMARY KEY (plan_id),"
        " CONSTRAINT ck_record_channels_teasers_known CHECK (teasers IN ('none', 'daily', 'every')),"
        " CONSTRAINT fk_record_channels_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE)"
    )
    op.execute(
        "CREATE TABLE record_posts (plan_id UUID NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
        " number INTEGER, hash TEXT, username TEXT NOT NULL, text TEXT NOT NULL, at TIMESTAMPTZ NOT NULL,"
        " message_id BIGINT, posted_at TIMESTAMPTZ,"
        " CONSTRAINT pk_record_posts PRIMARY KEY (plan_id, kind, subject),"
        " CONSTRAINT ck_record_posts_kind_known CHECK (kind IN ('opening', 'closing', 'teaser', 'tip', 'month')),"
        " CONSTRAINT ck_record_posts_digest_has_hash CHECK"
        " ((kind IN ('opening', 'closing')) = (hash IS NOT NULL) AND (hash IS NULL) = (number IS NULL)),"
        " CONSTRAINT ck_record_posts_posted_known CHECK ((message_id IS NULL) = (posted_at IS NULL)),"
        " CONSTRAINT fk_record_posts_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id))"
    )
    op.execute(
        "CREATE FUNCTION keep_record_post() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' AND OLD.message_id IS NULL AND (NEW.plan_id, NEW.kind, NEW.subject, NEW.number, NEW.hash,"
        " NEW.username, NEW.text, NEW.at) IS NOT DISTINCT FROM (OLD.plan_id, OLD.kind, OLD.subject, OLD.number,"
        " OLD.hash, OLD.username, OLD.text, OLD.at) THEN RETURN NEW; END IF;"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON record_posts"
        " FOR EACH ROW EXECUTE FUNCTION keep_record_post()"
    )
    op.execute("CREATE TRIGGER never_emptied BEFORE TRUNCATE ON record_posts EXECUTE FUNCTION refuse_rewriting()")
    op.execute(
        "CREATE FUNCTION choose_teaser() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN"
        " PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524));"
        " IF NEW.kind = 'teaser' AND (NEW.at < (SELECT max(at) FROM public.record_entries WHERE plan_id = NEW.plan_id)"
        " OR NEW.at >= coalesce((SELECT starts_at FROM public.record_entries WHERE plan_id = NEW.plan_id AND"
        " tip_id = NEW.subject::uuid ORDER BY number DESC LIMIT 1), NEW.at) OR EXISTS (SELECT FROM"
        " public.record_entries WHERE tip_id = NEW.subject::uuid AND kind IN ('withdrawn', 'settled'))) THEN"
        " RAISE EXCEPTION 'a teaser is chosen before the start of its tip' USING ERRCODE = '23001'; END IF;"
        " IF NEW.kind = 'tip' AND NOT EXISTS (SELECT FROM public.record_posts WHERE plan_id = NEW.plan_id"
        " AND kind = 'teaser' AND subject = NEW.subject) THEN"
        " RAISE EXCEPTION 'only what was teased is shown whole' USING ERRCODE = '23001'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER before_its_start BEFORE INSERT ON record_posts FOR EACH ROW"
        " WHEN (NEW.kind IN ('teaser', 'tip')) EXECUTE FUNCTION choose_teaser()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE record_posts")
    op.execute("DROP TABLE record_channels")
    op.execute("DROP FUNCTION choose_teaser()")
    op.execute("DROP FUNCTION keep_record_post()")
