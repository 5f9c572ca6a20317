"""Create a plan's rule for tips withdrawn before their start, fixed once the plan has a tip.

A plan without a row counts such tips as void. Both triggers take the lock of the plan's chain, so that a first tip and
a choice cannot run concurrently. A process of the previous version always publishes as void: for a plan that counts
lost, the trigger refuses it, and a process of this version publishes instead.
"""

from alembic import op

revision = "116_choose_withdrawn_rules"
down_revision = "100_keep_records"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE record_rules (plan_id UUID NOT NULL, withdrawn TEXT NOT NULL,"
        " CONSTRAINT pk_record_rules PRIMARY KEY (plan_id),"
        " CONSTRAINT ck_record_rules_withdrawn_known CHECK (withdrawn IN ('void', 'lost')),"
        " CONSTRAINT fk_record_rules_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE)"
    )
    op.execute(
        "CREATE FUNCTION keep_record_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$"
        " DECLARE plan uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END; BEGIN"
        " PERFORM pg_advisory_xact_lock(hashtextextended(plan::text, 125779785511524));"
        " IF EXISTS (SELECT FROM public.record_entries WHERE plan_id = plan)"
        " OR (TG_OP = 'UPDATE' AND OLD.plan_id <> NEW.plan_id) THEN"
        " RAISE EXCEPTION 'the record of plan % has begun: how it counts withdrawn tips is fixed', plan"
        " USING ERRCODE = '23001'; END IF;"
        " RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$"
    )
    op.execute(
        "CREATE TRIGGER fixed_by_first_tip BEFORE INSERT OR UPDATE OR DELETE ON record_rules"
        " FOR EACH ROW EXECUTE FUNCTION keep_record_rule()"
    )
    op.execute(
        "CREATE FUNCTION follow_record_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN"
        " PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524));"
        " IF coalesce(NEW.body::jsonb->>'withdrawn', 'void') <>"
        " coalesce((SELECT withdrawn FROM public.record_rules WHERE plan_id = NEW.plan_id), 'void') THEN"
        " RAISE EXCEPTION 'a tip of plan % counts withdrawn tips otherwise than its plan', NEW.plan_id"
        " USING ERRCODE = '23001'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER by_rule_of_plan BEFORE INSERT ON record_entries FOR EACH ROW"
        " WHEN (NEW.kind = 'published') EXECUTE FUNCTION follow_record_rule()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER by_rule_of_plan ON record_entries")
    op.execute("DROP FUNCTION follow_record_rule()")
    op.execute("DROP TABLE record_rules")
    op.execute("DROP FUNCTION keep_record_rule()")
