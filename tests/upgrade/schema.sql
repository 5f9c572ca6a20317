CREATE TYPE public.pgqueuer_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);
CREATE FUNCTION public.chain_invoice_record() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN IF NEW.position > 1 AND NEW.before_hash IS DISTINCT FROM (SELECT hash FROM public.invoice_records WHERE position = NEW.position - 1) THEN RAISE EXCEPTION 'a record follows the one before' USING ERRCODE = '23001'; END IF; RETURN NEW; END $$;
CREATE FUNCTION public.choose_teaser() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524)); IF NEW.kind = 'teaser' AND (NEW.at < (SELECT max(at) FROM public.record_entries WHERE plan_id = NEW.plan_id) OR NEW.at >= coalesce((SELECT starts_at FROM public.record_entries WHERE plan_id = NEW.plan_id AND tip_id = NEW.subject::uuid ORDER BY number DESC LIMIT 1), NEW.at) OR EXISTS (SELECT FROM public.record_entries WHERE tip_id = NEW.subject::uuid AND kind IN ('withdrawn', 'settled'))) THEN RAISE EXCEPTION 'a teaser is chosen before the start of its tip' USING ERRCODE = '23001'; END IF; IF NEW.kind = 'tip' AND NOT EXISTS (SELECT FROM public.record_posts WHERE plan_id = NEW.plan_id AND kind = 'teaser' AND subject = NEW.subject) THEN RAISE EXCEPTION 'only what was teased is shown whole' USING ERRCODE = '23001'; END IF; RETURN NEW; END $$;
CREATE FUNCTION public.fn_pgqueuer_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;
END;
$$;
CREATE FUNCTION public.follow_record_rule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(NEW.plan_id::text, 125779785511524)); IF coalesce(NEW.body::jsonb->>'withdrawn', 'void') <> coalesce((SELECT withdrawn FROM public.record_rules WHERE plan_id = NEW.plan_id), 'void') THEN RAISE EXCEPTION 'a tip of plan % counts withdrawn tips otherwise than its plan', NEW.plan_id USING ERRCODE = '23001'; END IF; RETURN NEW; END $$;
CREATE FUNCTION public.keep_invoice_record() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['state', 'code', 'reason', 'csv', 'sent_at'] = to_jsonb(OLD) - ARRAY['state', 'code', 'reason', 'csv', 'sent_at'] THEN RETURN NEW; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.keep_record_post() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN IF TG_OP = 'UPDATE' AND OLD.message_id IS NULL AND (NEW.plan_id, NEW.kind, NEW.subject, NEW.number, NEW.hash, NEW.username, NEW.text, NEW.at) IS NOT DISTINCT FROM (OLD.plan_id, OLD.kind, OLD.subject, OLD.number, OLD.hash, OLD.username, OLD.text, OLD.at) THEN RETURN NEW; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.keep_record_rule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ DECLARE plan uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END; BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(plan::text, 125779785511524)); IF EXISTS (SELECT FROM public.record_entries WHERE plan_id = plan) OR (TG_OP = 'UPDATE' AND OLD.plan_id <> NEW.plan_id) THEN RAISE EXCEPTION 'the record of plan % has begun: how it counts withdrawn tips is fixed', plan USING ERRCODE = '23001'; END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
END $$;
CREATE FUNCTION public.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.umbral_may_write(what text, name text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$ BEGIN RETURN CASE what WHEN 'queue' THEN ((coalesce(pg_has_role(current_user, to_regrole('umbral_web'), 'USAGE'), false) AND (name = 'bot.alarm' OR name = 'bot.fan_out_pick' OR name = 'bot.send_broadcast' OR name = 'core.apply_payment_event')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_worker'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_bot'), 'USAGE'), false) AND (starts_with(name, 'bot.') OR name = 'userbot.assign' OR starts_with(name, 'userbot.acc.') OR name = 'core.apply_payment_event' OR name = 'core.check_order' OR name = 'core.check_subscription' OR name = 'core.change_renewals' OR name = 'core.close_checkouts' OR name = 'core.erase_person' OR name = 'core.give_referral' OR name = 'core.hold_charges' OR name = 'core.issue_invoice' OR name = 'core.narrow_plan' OR name = 'core.open_plan' OR name = 'core.reconcile' OR name = 'core.refund_payment' OR name = 'core.restore_swept' OR name = 'core.return_payment' OR name = 'core.settle_commission' OR name = 'core.stop_billing' OR name = 'core.submit_evidence' OR name = 'core.sync_plan_prices' OR name = 'core.tell_receiver' OR name = 'core.watch_access')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_userbot'), 'USAGE'), false) AND (starts_with(name, 'userbot.') OR name = 'bot.alarm' OR name = 'bot.announce' OR name = 'bot.deliver_missed' OR name = 'bot.deliver_pick' OR name = 'bot.remove_person' OR name = 'bot.remove_stranger' OR name = 'bot.replace_channel' OR name = 'bot.send_broadcast' OR name = 'bot.tend_vip_entry' OR name = 'core.tell_receiver')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_console'), 'USAGE'), false) AND (name = 'bot.admit_to_vip' OR name = 'bot.admit_waiting' OR name = 'bot.alarm' OR name = 'bot.announce' OR name = 'bot.answer_press' OR name = 'bot.deliver_missed' OR name = 'bot.note_news' OR name = 'bot.open_topics' OR name = 'bot.remove_person' OR name = 'bot.retire_pages' OR name = 'bot.fan_out_pick' OR name = 'bot.send_broadcast' OR name = 'bot.show_broadcast' OR name = 'bot.tend_vip_entry' OR name = 'core.apply_payment_event' OR name = 'core.change_renewals' OR name = 'core.check_subscription' OR name = 'core.restore_swept' OR name = 'core.submit_evidence' OR name = 'core.close_checkouts' OR name = 'core.give_referral' OR name = 'core.hold_charges' OR name = 'core.issue_invoice' OR name = 'core.narrow_plan' OR name = 'core.open_plan' OR name = 'core.reconcile' OR name = 'core.refund_payment' OR name = 'core.settle_commission' OR name = 'core.stop_billing' OR name = 'core.sync_plan_prices' OR name = 'core.tell_receiver' OR name = 'core.watch_access' OR starts_with(name, 'userbot.acc.') OR name = 'userbot.assign'))) WHEN 'audit' THEN ((coalesce(pg_has_role(current_user, to_regrole('umbral_web'), 'USAGE'), false) AND (name = 'broadcast.send' OR name = 'token.make')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_worker'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_bot'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_userbot'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_console'), 'USAGE'), false))) WHEN 'variables' THEN ((coalesce(pg_has_role(current_user, to_regrole('umbral_web'), 'USAGE'), false) AND (name = 'clock_seen' OR name = 'clock_doubted' OR name = 'doctor_seen' OR starts_with(name, 'webhooks_heard:') OR starts_with(name, 'webhooks_untimely:'))) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_worker'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_bot'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_userbot'), 'USAGE'), false) AND (starts_with(name, 'account_counted:') OR starts_with(name, 'account_login:') OR name = 'clock_seen' OR name = 'clock_doubted' OR name = 'doctor_seen' OR starts_with(name, 'mirror_held:') OR starts_with(name, 'mirror_seen:') OR name = 'vip_guests')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_console'), 'USAGE'), false) AND (starts_with(name, 'webhooks_heard:') OR starts_with(name, 'webhooks_untimely:')))) WHEN 'inbox' THEN ((coalesce(pg_has_role(current_user, to_regrole('umbral_web'), 'USAGE'), false) AND (name = 'told')) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_worker'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_bot'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_userbot'), 'USAGE'), false)) OR (coalesce(pg_has_role(current_user, to_regrole('umbral_console'), 'USAGE'), false) AND (name = 'told'))) END OR pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'public.customers'::regclass), 'USAGE'); END $$;
CREATE FUNCTION public.umbral_open_by_access() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN DELETE FROM plan_resources WHERE plan_id = NEW.id; INSERT INTO plan_resources (plan_id, resource_id, position) SELECT NEW.id, id, 0 FROM resources WHERE soft_id = CASE NEW.access WHEN 'personal_channel' THEN 'personal' ELSE 'vip' END; RETURN NULL; END $$;
CREATE FUNCTION public.umbral_place_vip() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN NEW.resource_id := (SELECT id FROM resources WHERE soft_id = 'vip'); RETURN NEW; END $$;
CREATE FUNCTION public.umbral_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('%s may not write this into %I', current_user, TG_TABLE_NAME); END $$;
CREATE TABLE public.accesses (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    status text NOT NULL,
    ends_at timestamp with time zone,
    joined_at timestamp with time zone,
    reason text,
    next_invite_id uuid,
    created_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    CONSTRAINT ck_accesses_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'invited'::text, 'active'::text, 'suspended'::text, 'revoking'::text, 'revoked'::text, 'action_required'::text, 'failed'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.account_bots (
    account_id integer NOT NULL,
    bot_id bigint NOT NULL,
    access_hash bigint NOT NULL
);
CREATE TABLE public.activation_tokens (
    id uuid NOT NULL,
    token text NOT NULL,
    plan_id uuid NOT NULL,
    price_minor bigint NOT NULL,
    price_currency character(3) NOT NULL,
    duration_days integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    expires_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    campaign text NOT NULL,
    batch uuid,
    opened integer NOT NULL,
    opened_at timestamp with time zone,
    used_at timestamp with time zone,
    used_by uuid,
    subscription_id uuid,
    joined_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by bigint,
    sealed boolean DEFAULT false NOT NULL,
    prefix text GENERATED ALWAYS AS ("left"(token, 4)) STORED,
    keyless boolean DEFAULT false NOT NULL,
    order_id uuid,
    CONSTRAINT ck_activation_tokens_gives_time CHECK ((duration_days >= 1)),
    CONSTRAINT ck_activation_tokens_keyless_are_sealed CHECK ((sealed OR (NOT keyless))),
    CONSTRAINT ck_activation_tokens_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_activation_tokens_token_is_sixteen_characters CHECK ((token ~ '^[A-Z0-9]{16}$'::text)),
    CONSTRAINT ck_activation_tokens_used_by_somebody CHECK (((used_at IS NULL) = (used_by IS NULL))),
    CONSTRAINT ck_activation_tokens_used_or_revoked CHECK (((used_at IS NULL) OR (revoked_at IS NULL)))
);
CREATE TABLE public.alarms (
    id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    facts jsonb NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    closed_by bigint
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_keys (
    name text NOT NULL,
    digest text NOT NULL,
    abilities text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    held_at timestamp with time zone
);
CREATE TABLE public.app_presses (
    id uuid NOT NULL,
    person bigint NOT NULL,
    key text NOT NULL,
    data text NOT NULL,
    before uuid,
    place integer NOT NULL,
    names jsonb NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    messages jsonb,
    answered_at timestamp with time zone
);
CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    why text NOT NULL,
    at timestamp with time zone NOT NULL,
    facts jsonb NOT NULL
);
CREATE SEQUENCE public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_log_id_seq OWNED BY public.audit_log.id;
CREATE TABLE public.bot_updates (
    bot_id bigint NOT NULL,
    update_id bigint NOT NULL,
    chat_key bigint NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    done_at timestamp with time zone,
    failed text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.bots (
    telegram_id bigint NOT NULL,
    username text NOT NULL,
    role text NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.broadcast_deliveries (
    broadcast_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    status text NOT NULL,
    failed text,
    message_id bigint,
    others text,
    revision integer NOT NULL,
    sending_since timestamp with time zone,
    opened_at timestamp with time zone,
    CONSTRAINT ck_broadcast_deliveries_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'unknown'::text, 'withdrawn'::text])))
);
CREATE TABLE public.broadcasts (
    id uuid NOT NULL,
    key text NOT NULL,
    author bigint,
    content jsonb NOT NULL,
    audience jsonb,
    status text NOT NULL,
    revision integer NOT NULL,
    starts_at timestamp with time zone,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone,
    card bigint,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_broadcasts_revision_from_one CHECK ((revision >= 1)),
    CONSTRAINT ck_broadcasts_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'scheduled'::text, 'sending'::text, 'done'::text, 'stopped'::text, 'withdrawn'::text])))
);
CREATE TABLE public.channel_invites (
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    url text NOT NULL,
    creator text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_channel_invites_status_known CHECK ((status = ANY (ARRAY['live'::text, 'revoked'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.chat_guests (
    channel_id uuid NOT NULL,
    telegram_id bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE public.checkout_attempts (
    order_id uuid NOT NULL,
    number integer NOT NULL,
    provider text NOT NULL,
    status text NOT NULL,
    session_ref text,
    url text,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    message_id bigint,
    amount_minor bigint,
    amount_currency character(3),
    price_minor bigint,
    price_currency character(3),
    subscription_ref text,
    promotion_id uuid,
    discount_minor bigint,
    discount_currency character(3),
    later_minor bigint,
    later_currency character(3),
    CONSTRAINT ck_checkout_attempts_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_checkout_attempts_amount_whole CHECK (((amount_minor IS NULL) = (amount_currency IS NULL))),
    CONSTRAINT ck_checkout_attempts_discount_not_negative CHECK ((discount_minor >= 0)),
    CONSTRAINT ck_checkout_attempts_discount_whole CHECK (((discount_minor IS NULL) = (discount_currency IS NULL))),
    CONSTRAINT ck_checkout_attempts_later_not_negative CHECK ((later_minor >= 0)),
    CONSTRAINT ck_checkout_attempts_later_whole CHECK (((later_minor IS NULL) = (later_currency IS NULL))),
    CONSTRAINT ck_checkout_attempts_number_from_one CHECK ((number >= 1)),
    CONSTRAINT ck_checkout_attempts_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_checkout_attempts_price_whole CHECK (((price_minor IS NULL) = (price_currency IS NULL))),
    CONSTRAINT ck_checkout_attempts_status_known CHECK ((status = ANY (ARRAY['creating'::text, 'open'::text, 'closed'::text])))
);
CREATE TABLE public.consents (
    customer_id uuid NOT NULL,
    version text NOT NULL,
    language text NOT NULL,
    accepted_at timestamp with time zone NOT NULL
);
CREATE TABLE public.console_visits (
    link text NOT NULL,
    person bigint NOT NULL,
    offered_at timestamp with time zone NOT NULL,
    key text,
    entered_at timestamp with time zone,
    seen_at timestamp with time zone,
    app boolean DEFAULT false NOT NULL,
    proved boolean DEFAULT true NOT NULL
);
CREATE TABLE public.custom_settings (
    name text NOT NULL,
    value text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.custom_texts (
    language text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.customers (
    id uuid NOT NULL,
    telegram_id bigint NOT NULL,
    first_name text NOT NULL,
    username text,
    language text NOT NULL,
    staff_role text,
    terms_version text,
    terms_accepted_at timestamp with time zone,
    blocked_at timestamp with time zone,
    source text,
    created_at timestamp with time zone NOT NULL,
    barred_at timestamp with time zone,
    chosen_language text,
    quiet_at timestamp with time zone,
    zone text,
    referrer_id uuid,
    referral_payment_id uuid,
    country text,
    partner_id uuid
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.kept_openings (
    subscription_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    until timestamp with time zone NOT NULL
);
CREATE TABLE public.plan_resources (
    plan_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    "position" integer NOT NULL
);
CREATE TABLE public.resources (
    id uuid NOT NULL,
    soft_id text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    entry text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone,
    tidy boolean DEFAULT false NOT NULL,
    welcome text,
    topics boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_resources_entry_known CHECK ((entry = ANY (ARRAY['request'::text, 'ritual'::text, 'direct'::text]))),
    CONSTRAINT ck_resources_soft_id_is_a_slug CHECK ((soft_id ~ '^[a-z0-9-]{1,40}$'::text)),
    CONSTRAINT ck_resources_status_known CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text])))
);
CREATE TABLE public.subscriptions (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    order_id uuid,
    status text NOT NULL,
    provider text,
    provider_ref text,
    price_minor bigint NOT NULL,
    price_currency character(3) NOT NULL,
    current_period_start timestamp with time zone,
    current_period_end timestamp with time zone,
    access_until timestamp with time zone,
    cancel_at_period_end boolean NOT NULL,
    canceled_at timestamp with time zone,
    cancel_reason text,
    ended_at timestamp with time zone,
    end_reason text,
    synced_at timestamp with time zone,
    next_check_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    paused_for text,
    next_reminder_at timestamp with time zone,
    price_ref text,
    next_plan_id uuid,
    next_plan_at timestamp with time zone,
    owed_since timestamp with time zone,
    next_ask_at timestamp with time zone,
    pause_until timestamp with time zone,
    "interval" text,
    interval_count integer,
    canceled_from text,
    charge_moved_to timestamp with time zone,
    withheld_since timestamp with time zone,
    next_price_minor bigint,
    next_price_currency character(3),
    CONSTRAINT ck_subscriptions_canceled_from_known CHECK ((canceled_from = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text, 'expired'::text]))),
    CONSTRAINT ck_subscriptions_interval_known CHECK (("interval" = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT ck_subscriptions_next_price_not_negative CHECK ((next_price_minor >= 0)),
    CONSTRAINT ck_subscriptions_next_price_whole CHECK (((next_price_minor IS NULL) = (next_price_currency IS NULL))),
    CONSTRAINT ck_subscriptions_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_subscriptions_status_known CHECK ((status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text, 'expired'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE VIEW public.customer_roles AS
 SELECT id AS customer_id,
    telegram_id,
        CASE
            WHEN (EXISTS ( SELECT 1
               FROM public.subscriptions
              WHERE ((subscriptions.customer_id = customers.id) AND ((subscriptions.plan_id IN ( SELECT plan_resources.plan_id
                       FROM (public.plan_resources
                         JOIN public.resources ON ((resources.id = plan_resources.resource_id)))
                      WHERE (resources.soft_id = 'vip'::text))) OR (subscriptions.id IN ( SELECT kept_openings.subscription_id
                       FROM (public.kept_openings
                         JOIN public.resources ON ((resources.id = kept_openings.resource_id)))
                      WHERE (resources.soft_id = 'vip'::text)))) AND (subscriptions.status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'canceled'::text])) AND (COALESCE(subscriptions.paused_for, ''::text) = ''::text)))) THEN 'vip'::text
            ELSE 'free'::text
        END AS role
   FROM public.customers;
CREATE TABLE public.declarations (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    kind text NOT NULL,
    begins boolean NOT NULL,
    acknowledges boolean NOT NULL,
    words text NOT NULL,
    language text NOT NULL,
    version text NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_declarations_kind_known CHECK ((kind = ANY (ARRAY['content'::text, 'service'::text])))
);
CREATE TABLE public.dialogues (
    person bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    step text NOT NULL,
    answers jsonb NOT NULL,
    message_id bigint,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.dispute_responses (
    dispute_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    status text NOT NULL,
    due_at timestamp with time zone,
    offered_at timestamp with time zone NOT NULL,
    asked_by text,
    asked_at timestamp with time zone,
    sent_at timestamp with time zone,
    reason text,
    document bytea,
    record bytea,
    CONSTRAINT ck_dispute_responses_status_known CHECK ((status = ANY (ARRAY['offered'::text, 'asked'::text, 'sent'::text, 'refused'::text])))
);
CREATE TABLE public.disputes (
    id uuid NOT NULL,
    provider text NOT NULL,
    dispute_key text NOT NULL,
    payment_id uuid NOT NULL,
    status text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    amount_minor bigint,
    amount_currency character(3),
    CONSTRAINT ck_disputes_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_disputes_amount_whole CHECK (((amount_minor IS NULL) = (amount_currency IS NULL))),
    CONSTRAINT ck_disputes_status_known CHECK ((status = ANY (ARRAY['inquiry'::text, 'open'::text, 'won'::text, 'lost'::text, 'closed'::text])))
);
CREATE TABLE public.due_jobs (
    id bigint NOT NULL,
    name text NOT NULL,
    payload jsonb NOT NULL,
    priority integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    key text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    cause text
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE SEQUENCE public.due_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.due_jobs_id_seq OWNED BY public.due_jobs.id;
CREATE TABLE public.invoice_records (
    id uuid NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL,
    revision integer NOT NULL,
    rejected boolean NOT NULL,
    receipt_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    letters text NOT NULL,
    series text NOT NULL,
    year integer NOT NULL,
    number integer NOT NULL,
    kind_of_invoice text NOT NULL,
    issued_on date NOT NULL,
    sold_on date NOT NULL,
    issuer_tax_id text NOT NULL,
    issuer_name text NOT NULL,
    issuer text NOT NULL,
    buyer_tax_id text NOT NULL,
    buyer_name text NOT NULL,
    buyer_address text NOT NULL,
    description text NOT NULL,
    total_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    rate numeric(5,2) NOT NULL,
    corrects text,
    corrected_on date,
    before text,
    before_on date,
    before_hash text,
    stamp text NOT NULL,
    hash text NOT NULL,
    link text NOT NULL,
    state text NOT NULL,
    code text,
    reason text,
    csv text,
    sent_at timestamp with time zone,
    CONSTRAINT ck_invoice_records_chained CHECK ((("position" = 1) = (before_hash IS NULL))),
    CONSTRAINT ck_invoice_records_kind_known CHECK ((kind = ANY (ARRAY['invoice'::text, 'cancellation'::text]))),
    CONSTRAINT ck_invoice_records_kind_of_invoice_known CHECK ((kind_of_invoice = ANY (ARRAY['F1'::text, 'F2'::text, 'F3'::text, 'R1'::text, 'R5'::text]))),
    CONSTRAINT ck_invoice_records_numbers_from_one CHECK ((number > 0)),
    CONSTRAINT ck_invoice_records_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'accepted'::text, 'flawed'::text, 'refused'::text])))
);
CREATE TABLE public.invoice_requests (
    id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    tax_id text NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    way text DEFAULT 'handover'::text NOT NULL,
    CONSTRAINT ck_invoice_requests_way_known CHECK ((way = ANY (ARRAY['off'::text, 'handover'::text, 'verifactu'::text])))
);
CREATE TABLE public.kept_figures (
    question text NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answer text NOT NULL
);
CREATE TABLE public.leases (
    name text NOT NULL,
    owner text NOT NULL,
    until timestamp with time zone NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE public.ledger_entries (
    id bigint NOT NULL,
    subscription_id uuid NOT NULL,
    kind text NOT NULL,
    source_key text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    length interval NOT NULL,
    payment_id uuid,
    note text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_ledger_entries_kind_known CHECK ((kind = ANY (ARRAY['payment'::text, 'token'::text, 'trial'::text, 'admin_grant'::text, 'promotion'::text, 'compensation'::text, 'refund'::text, 'dispute'::text, 'change'::text])))
);
CREATE SEQUENCE public.ledger_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ledger_entries_id_seq OWNED BY public.ledger_entries.id;
CREATE TABLE public.link_uses (
    source text NOT NULL,
    customer_id uuid NOT NULL,
    used_at timestamp with time zone NOT NULL
);
CREATE TABLE public.notifications (
    id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    recipient bigint NOT NULL,
    language text NOT NULL,
    params jsonb NOT NULL,
    message_id bigint,
    sending_since timestamp with time zone,
    repeated integer NOT NULL,
    sent_at timestamp with time zone,
    failed text,
    created_at timestamp with time zone NOT NULL,
    subject uuid,
    zone text,
    text text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.orders (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    status text NOT NULL,
    price_minor bigint NOT NULL,
    price_currency character(3) NOT NULL,
    recurring boolean NOT NULL,
    "interval" text,
    interval_count integer NOT NULL,
    duration_days integer,
    trial_days integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    refund_policy text DEFAULT 'end_access'::text NOT NULL,
    dispute_policy text DEFAULT 'suspend'::text NOT NULL,
    asked boolean DEFAULT true NOT NULL,
    cause text,
    ends_at timestamp with time zone,
    gift boolean DEFAULT false NOT NULL,
    country text,
    CONSTRAINT ck_orders_dispute_policy_known CHECK ((dispute_policy = ANY (ARRAY['suspend'::text, 'keep'::text]))),
    CONSTRAINT ck_orders_interval_known CHECK (("interval" = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT ck_orders_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_orders_refund_policy_known CHECK ((refund_policy = ANY (ARRAY['end_access'::text, 'keep_access'::text]))),
    CONSTRAINT ck_orders_status_known CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'expired'::text, 'canceled'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.outgoing_events (
    id uuid NOT NULL,
    receiver_id uuid NOT NULL,
    kind text NOT NULL,
    customer_id uuid,
    payment_id uuid,
    refund_id uuid,
    subscription_id uuid,
    facts jsonb NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    body text,
    state text NOT NULL,
    attempts integer NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    answer text,
    done_at timestamp with time zone,
    CONSTRAINT ck_outgoing_events_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'told'::text, 'given_up'::text])))
);
CREATE TABLE public.own_roles (
    name text NOT NULL,
    permissions text NOT NULL,
    CONSTRAINT ck_own_roles_no_built_in CHECK ((name <> ALL (ARRAY['support'::text, 'manager'::text, 'owner'::text, 'none'::text])))
);
CREATE TABLE public.partner_entries (
    id uuid NOT NULL,
    partner_id uuid NOT NULL,
    kind text NOT NULL,
    payment_id uuid,
    number integer NOT NULL,
    amount_minor bigint NOT NULL,
    amount_currency character(3) NOT NULL,
    held_until timestamp with time zone,
    reference text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_partner_entries_amount_known CHECK (((kind = 'reversed'::text) OR (amount_minor > 0))),
    CONSTRAINT ck_partner_entries_held_known CHECK (((kind = 'paid'::text) = (held_until IS NULL))),
    CONSTRAINT ck_partner_entries_kind_known CHECK ((kind = ANY (ARRAY['earned'::text, 'reversed'::text, 'paid'::text]))),
    CONSTRAINT ck_partner_entries_of_a_payment CHECK (((kind = 'paid'::text) = (payment_id IS NULL)))
);
CREATE TABLE public.partner_terms (
    partner_id uuid NOT NULL,
    number integer NOT NULL,
    basis_points integer,
    sums text,
    counts text NOT NULL,
    months integer,
    plans text,
    hold_days integer NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT ck_partner_terms_counts_known CHECK ((counts = ANY (ARRAY['first'::text, 'each'::text]))),
    CONSTRAINT ck_partner_terms_hold_known CHECK (((hold_days >= 14) AND (hold_days <= 365))),
    CONSTRAINT ck_partner_terms_months_known CHECK (((months >= 1) AND (months <= 120))),
    CONSTRAINT ck_partner_terms_one_commission CHECK ((num_nonnulls(basis_points, sums) = 1)),
    CONSTRAINT ck_partner_terms_part_of_a_payment CHECK (((basis_points >= 1) AND (basis_points <= 10000)))
);
CREATE TABLE public.partners (
    id uuid NOT NULL,
    code text NOT NULL,
    customer_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);
CREATE TABLE public.payment_accounts (
    customer_id uuid NOT NULL,
    provider text NOT NULL,
    external_customer_id text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.payment_methods (
    provider text NOT NULL,
    enabled boolean NOT NULL,
    "position" integer NOT NULL,
    changed_by bigint,
    changed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.payments (
    id uuid NOT NULL,
    provider text NOT NULL,
    payment_key text NOT NULL,
    customer_id uuid NOT NULL,
    order_id uuid NOT NULL,
    subscription_id uuid,
    amount_minor bigint NOT NULL,
    amount_currency character(3) NOT NULL,
    status text NOT NULL,
    flag text,
    is_renewal boolean NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    returning_since timestamp with time zone,
    part boolean DEFAULT false NOT NULL,
    excess_minor bigint,
    excess_currency character(3),
    CONSTRAINT ck_payments_excess_not_negative CHECK ((excess_minor >= 0)),
    CONSTRAINT ck_payments_excess_whole CHECK (((excess_minor IS NULL) = (excess_currency IS NULL))),
    CONSTRAINT ck_payments_flag_known CHECK ((flag = ANY (ARRAY['amount_mismatch'::text, 'customer_mismatch'::text, 'second_capture'::text, 'subscription_over'::text, 'order_closed'::text]))),
    CONSTRAINT ck_payments_status_known CHECK ((status = ANY (ARRAY['captured'::text, 'flagged'::text, 'refunded'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.pgqueuer (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE SEQUENCE public.pgqueuer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.pgqueuer_id_seq OWNED BY public.pgqueuer.id;
CREATE TABLE public.pgqueuer_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status public.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
ALTER TABLE public.pgqueuer_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pgqueuer_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.pgqueuer_schedules (
    id bigint NOT NULL,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    next_run timestamp with time zone DEFAULT now() NOT NULL,
    last_run timestamp with time zone,
    status public.pgqueuer_status DEFAULT 'queued'::public.pgqueuer_status
);
CREATE SEQUENCE public.pgqueuer_schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.pgqueuer_schedules_id_seq OWNED BY public.pgqueuer_schedules.id;
CREATE TABLE public.pgqueuer_statistics (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT date_trunc('sec'::text, now()) NOT NULL,
    count bigint NOT NULL,
    priority integer NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);
CREATE SEQUENCE public.pgqueuer_statistics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.pgqueuer_statistics_id_seq OWNED BY public.pgqueuer_statistics.id;
CREATE TABLE public.pick_deliveries (
    id uuid NOT NULL,
    pick_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    chat_id bigint NOT NULL,
    bot text,
    message_id bigint,
    revision integer NOT NULL,
    sending_since timestamp with time zone,
    repeated integer NOT NULL,
    failed text,
    created_at timestamp with time zone NOT NULL,
    others text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.pick_pictures (
    pick_id uuid NOT NULL,
    original bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.picks (
    id uuid NOT NULL,
    key text NOT NULL,
    plan_id uuid NOT NULL,
    content jsonb NOT NULL,
    status text NOT NULL,
    revision integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    accepted_as text,
    deadline timestamp with time zone,
    publish_at timestamp with time zone,
    reminds_of uuid,
    CONSTRAINT ck_picks_revision_from_one CHECK ((revision >= 1)),
    CONSTRAINT ck_picks_status_known CHECK ((status = ANY (ARRAY['accepted'::text, 'withdrawn'::text])))
);
CREATE TABLE public.plan_changes (
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    from_plan_id uuid NOT NULL,
    to_plan_id uuid NOT NULL,
    old_price_minor bigint NOT NULL,
    old_price_currency character(3) NOT NULL,
    new_price_minor bigint NOT NULL,
    new_price_currency character(3) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_plan_changes_new_price_not_negative CHECK ((new_price_minor >= 0)),
    CONSTRAINT ck_plan_changes_old_price_not_negative CHECK ((old_price_minor >= 0))
);
CREATE TABLE public.plan_payment_prices (
    plan_id uuid NOT NULL,
    provider text NOT NULL,
    external_price_id text,
    price_minor bigint,
    price_currency character(3),
    CONSTRAINT ck_plan_payment_prices_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_plan_payment_prices_price_whole CHECK (((price_minor IS NULL) = (price_currency IS NULL)))
);
CREATE TABLE public.plan_topics (
    channel_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    thread bigint,
    asked_at timestamp with time zone NOT NULL
);
CREATE TABLE public.promotion_claims (
    customer_id uuid NOT NULL,
    promotion_id uuid NOT NULL,
    claimed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.promotion_reservations (
    order_id uuid NOT NULL,
    promotion_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    once boolean NOT NULL,
    place integer,
    reserved_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_promotion_reservations_place_from_one CHECK ((place >= 1))
);
CREATE TABLE public.promotion_uses (
    order_id uuid NOT NULL,
    promotion_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    discount_minor bigint NOT NULL,
    discount_currency character(3) NOT NULL,
    days integer NOT NULL,
    used_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_promotion_uses_discount_not_negative CHECK ((discount_minor >= 0))
);
CREATE TABLE public.promotions (
    id uuid NOT NULL,
    code text NOT NULL,
    percent integer,
    amount_minor bigint,
    amount_currency character(3),
    days integer,
    plan_id uuid,
    first_only boolean NOT NULL,
    once boolean NOT NULL,
    uses integer,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    stopped_at timestamp with time zone,
    CONSTRAINT ck_promotions_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_promotions_amount_whole CHECK (((amount_minor IS NULL) = (amount_currency IS NULL))),
    CONSTRAINT ck_promotions_gives_one_thing CHECK ((num_nonnulls(percent, amount_minor, days) = 1)),
    CONSTRAINT ck_promotions_gives_time CHECK ((days >= 1)),
    CONSTRAINT ck_promotions_percent_of_a_price CHECK (((percent >= 1) AND (percent <= 99))),
    CONSTRAINT ck_promotions_used_once_at_least CHECK ((uses >= 1))
);
CREATE TABLE public.question_lines (
    id uuid NOT NULL,
    question_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    author text,
    text text NOT NULL
);
CREATE TABLE public.questions (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    settled_at timestamp with time zone,
    settled_by text
);
CREATE TABLE public.receipt_series (
    series text NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL,
    CONSTRAINT ck_receipt_series_numbers_from_one CHECK ((last_number > 0))
);
CREATE TABLE public.receipts (
    id uuid NOT NULL,
    kind text NOT NULL,
    series text NOT NULL,
    year integer NOT NULL,
    number integer NOT NULL,
    source_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    customer_ref text NOT NULL,
    plan_name text NOT NULL,
    provider text NOT NULL,
    amount_minor bigint NOT NULL,
    amount_currency character(3) NOT NULL,
    tax_minor bigint,
    issuer text NOT NULL,
    corrects uuid,
    issued_at timestamp with time zone NOT NULL,
    country text,
    CONSTRAINT ck_receipts_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_receipts_kind_known CHECK ((kind = ANY (ARRAY['receipt'::text, 'credit_note'::text, 'restored'::text])))
);
CREATE TABLE public.receivers (
    id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    kinds text,
    secret text NOT NULL,
    old_secret text,
    old_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    failures integer NOT NULL,
    failing_since timestamp with time zone,
    rests_until timestamp with time zone,
    off_since timestamp with time zone,
    off_reason text
);
CREATE TABLE public.record_channels (
    plan_id uuid NOT NULL,
    username text NOT NULL,
    language text NOT NULL,
    teasers text NOT NULL,
    CONSTRAINT ck_record_channels_teasers_known CHECK ((teasers = ANY (ARRAY['none'::text, 'daily'::text, 'every'::text])))
);
CREATE TABLE public.record_entries (
    plan_id uuid NOT NULL,
    number integer NOT NULL,
    tip_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    origin text NOT NULL,
    salt text NOT NULL,
    body text NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT ck_record_entries_kind_known CHECK ((kind = ANY (ARRAY['published'::text, 'revised'::text, 'corrected'::text, 'withdrawn'::text, 'settled'::text, 'resettled'::text]))),
    CONSTRAINT ck_record_entries_number_from_one CHECK ((number >= 1))
);
CREATE TABLE public.record_posts (
    plan_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    number integer,
    hash text,
    username text NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    message_id bigint,
    posted_at timestamp with time zone,
    CONSTRAINT ck_record_posts_digest_has_hash CHECK ((((kind = ANY (ARRAY['opening'::text, 'closing'::text])) = (hash IS NOT NULL)) AND ((hash IS NULL) = (number IS NULL)))),
    CONSTRAINT ck_record_posts_kind_known CHECK ((kind = ANY (ARRAY['opening'::text, 'closing'::text, 'teaser'::text, 'tip'::text, 'month'::text]))),
    CONSTRAINT ck_record_posts_posted_known CHECK (((message_id IS NULL) = (posted_at IS NULL)))
);
CREATE TABLE public.record_rules (
    plan_id uuid NOT NULL,
    withdrawn text NOT NULL,
    CONSTRAINT ck_record_rules_withdrawn_known CHECK ((withdrawn = ANY (ARRAY['void'::text, 'lost'::text])))
);
CREATE TABLE public.refunds (
    id uuid NOT NULL,
    provider text NOT NULL,
    refund_key text NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    amount_currency character(3) NOT NULL,
    status text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_refunds_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_refunds_status_known CHECK ((status = ANY (ARRAY['given'::text, 'reversed'::text])))
);
CREATE TABLE public.resource_contents (
    resource_id uuid NOT NULL,
    form text NOT NULL,
    body text NOT NULL,
    CONSTRAINT ck_resource_contents_form_known CHECK ((form = ANY (ARRAY['text'::text, 'link'::text, 'document'::text, 'photo'::text])))
);
CREATE TABLE public.ritual_entries (
    customer_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    vip_entry_stage integer DEFAULT 1,
    vip_entry_token character varying(64),
    invite_link_sent_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_ritual_entries_vip_entry_stage_known CHECK ((vip_entry_stage = ANY (ARRAY[1, 2, 3])))
);
CREATE TABLE public.scheduled_runs (
    name text NOT NULL,
    subject text NOT NULL,
    ran_at timestamp with time zone NOT NULL
);
CREATE TABLE public.second_accounts (
    customer_id uuid NOT NULL,
    telegram_id bigint,
    code text,
    offered_at timestamp with time zone NOT NULL,
    proved_at timestamp with time zone
);
CREATE TABLE public.second_factors (
    person bigint NOT NULL,
    secret text NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint NOT NULL,
    recovery text,
    misses integer NOT NULL,
    missed_at timestamp with time zone
);
CREATE TABLE public.second_owners (
    channel_id uuid NOT NULL,
    account_id integer NOT NULL,
    link text,
    chosen_at timestamp with time zone NOT NULL,
    access_hash bigint,
    promoted_at timestamp with time zone
);
CREATE TABLE public.seen_chats (
    chat_id bigint NOT NULL,
    title text NOT NULL,
    username text,
    chat_type text NOT NULL,
    is_admin boolean NOT NULL,
    missing text NOT NULL,
    members_invite boolean NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    linked bigint,
    outsiders text DEFAULT ''::text NOT NULL,
    unnamed integer,
    counted_at timestamp with time zone
);
CREATE TABLE public.service_plans (
    id uuid NOT NULL,
    soft_id text NOT NULL,
    name text NOT NULL,
    emoji text NOT NULL,
    description text NOT NULL,
    price_minor bigint NOT NULL,
    price_currency character(3) NOT NULL,
    recurring boolean NOT NULL,
    "interval" text,
    interval_count integer NOT NULL,
    duration_days integer,
    trial_days integer NOT NULL,
    grace_days integer,
    access text NOT NULL,
    active boolean NOT NULL,
    "position" integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    honours_tokens boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone,
    updated_by bigint,
    refund_policy text DEFAULT 'end_access'::text NOT NULL,
    dispute_policy text DEFAULT 'suspend'::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    texts jsonb DEFAULT '{}'::jsonb NOT NULL,
    ends_on date,
    holders_of text,
    buyers text DEFAULT 'everybody'::text NOT NULL,
    per_person text DEFAULT 'auto'::text NOT NULL,
    listing text DEFAULT 'listed'::text NOT NULL,
    CONSTRAINT ck_service_plans_access_known CHECK ((access = ANY (ARRAY['personal_channel'::text, 'vip_channel'::text]))),
    CONSTRAINT ck_service_plans_buyers_known CHECK ((buyers = ANY (ARRAY['everybody'::text, 'newcomers'::text, 'customers'::text, 'code'::text]))),
    CONSTRAINT ck_service_plans_dispute_policy_known CHECK ((dispute_policy = ANY (ARRAY['suspend'::text, 'keep'::text]))),
    CONSTRAINT ck_service_plans_grace_days_not_negative CHECK ((grace_days >= 0)),
    CONSTRAINT ck_service_plans_interval_known CHECK (("interval" = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT ck_service_plans_listing_known CHECK ((listing = ANY (ARRAY['listed'::text, 'hidden'::text]))),
    CONSTRAINT ck_service_plans_note_not_too_long CHECK ((char_length(note) <= 200)),
    CONSTRAINT ck_service_plans_one_off_has_duration CHECK ((recurring OR (duration_days >= 1))),
    CONSTRAINT ck_service_plans_per_person_known CHECK ((per_person = ANY (ARRAY['auto'::text, 'once'::text, 'unlimited'::text]))),
    CONSTRAINT ck_service_plans_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT ck_service_plans_recurring_has_interval CHECK (((NOT recurring) OR (("interval" IS NOT NULL) AND (interval_count >= 1)))),
    CONSTRAINT ck_service_plans_refund_policy_known CHECK ((refund_policy = ANY (ARRAY['end_access'::text, 'keep_access'::text]))),
    CONSTRAINT ck_service_plans_soft_id_is_a_slug CHECK ((soft_id ~ '^[a-z0-9-]{1,40}$'::text)),
    CONSTRAINT ck_service_plans_texts_by_language CHECK ((jsonb_typeof(texts) = 'object'::text)),
    CONSTRAINT ck_service_plans_trial_days_not_negative CHECK ((trial_days >= 0)),
    CONSTRAINT ck_service_plans_what_renews_has_no_last_day CHECK (((ends_on IS NULL) OR (NOT recurring)))
);
CREATE TABLE public.staff_invitations (
    id uuid NOT NULL,
    digest text NOT NULL,
    role text NOT NULL,
    made_by text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    opened_by bigint,
    opened_at timestamp with time zone,
    accepted_at timestamp with time zone
);
CREATE TABLE public.staff_operations (
    id uuid NOT NULL,
    command text NOT NULL,
    digest text NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    facts jsonb NOT NULL
);
CREATE TABLE public.status_cards (
    order_id uuid NOT NULL,
    message_id bigint NOT NULL
);
CREATE TABLE public.sweep_decisions (
    sweep_id uuid NOT NULL,
    step text NOT NULL,
    answer text NOT NULL,
    by bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_sweep_decisions_answer_known CHECK ((answer = ANY (ARRAY['go_on'::text, 'leave_in'::text, 'undo'::text]))),
    CONSTRAINT ck_sweep_decisions_step_known CHECK ((step = ANY (ARRAY['answer'::text, 'undo'::text])))
);
CREATE TABLE public.sweeps (
    id uuid NOT NULL,
    status text NOT NULL,
    allowed integer NOT NULL,
    live integer NOT NULL,
    forced boolean NOT NULL,
    began_at timestamp with time zone NOT NULL,
    closes_at timestamp with time zone NOT NULL,
    ask_again_at timestamp with time zone,
    undo_until timestamp with time zone,
    CONSTRAINT ck_sweeps_status_known CHECK ((status = ANY (ARRAY['gathering'::text, 'asking'::text, 'decided'::text, 'passed'::text])))
);
CREATE TABLE public.swept (
    sweep_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    ended_on timestamp with time zone NOT NULL,
    CONSTRAINT ck_swept_state_known CHECK ((state = ANY (ARRAY['checking'::text, 'due'::text, 'held'::text, 'stays'::text, 'going'::text, 'removed'::text, 'spared'::text, 'superseded'::text, 'restored'::text])))
);
CREATE TABLE public.takeovers (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    from_account bigint NOT NULL,
    to_account bigint NOT NULL,
    status text NOT NULL,
    asked_by text NOT NULL,
    agreed_by text,
    asked_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    closed_at timestamp with time zone,
    CONSTRAINT ck_takeovers_status_known CHECK ((status = ANY (ARRAY['proposed'::text, 'waiting'::text, 'done'::text, 'objected'::text, 'dropped'::text])))
);
CREATE TABLE public.tallies (
    name text NOT NULL,
    label text NOT NULL,
    value bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE public.telegram_channels (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    customer_id uuid,
    plan_id uuid,
    subscription_id uuid,
    account_id integer,
    channel_id bigint,
    access_hash bigint,
    invite_link text,
    title text NOT NULL,
    marker text NOT NULL,
    create_started_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    ready_at timestamp with time zone,
    delete_at timestamp with time zone,
    renamed_at timestamp with time zone,
    adopted_at timestamp with time zone,
    replaces uuid,
    looked_at timestamp with time zone,
    resource_id uuid,
    CONSTRAINT ck_telegram_channels_kind_known CHECK ((kind = ANY (ARRAY['personal'::text, 'vip'::text, 'shared'::text, 'group'::text]))),
    CONSTRAINT ck_telegram_channels_personal_has_customer_or_is_stock CHECK (((kind <> 'personal'::text) OR (customer_id IS NOT NULL) OR ((plan_id IS NULL) AND (subscription_id IS NULL)))),
    CONSTRAINT ck_telegram_channels_status_known CHECK ((status = ANY (ARRAY['planned'::text, 'creating'::text, 'created'::text, 'ready'::text, 'frozen'::text, 'deleted'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.tip_reminders (
    plan_id uuid NOT NULL,
    minutes integer NOT NULL,
    CONSTRAINT ck_tip_reminders_minutes_positive CHECK ((minutes >= 1))
);
CREATE TABLE public.trial_marks (
    mark text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.userbot_accounts (
    id integer NOT NULL,
    phone text NOT NULL,
    label text NOT NULL,
    session text NOT NULL,
    status text NOT NULL,
    status_reason text,
    telegram_id bigint,
    channel_cap integer NOT NULL,
    day_cap integer NOT NULL,
    pace interval NOT NULL,
    channels_used integer NOT NULL,
    created_today integer NOT NULL,
    day timestamp with time zone,
    next_create_at timestamp with time zone,
    flood_until jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retry_at timestamp with time zone,
    setbacks integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_userbot_accounts_status_known CHECK ((status = ANY (ARRAY['active'::text, 'restricted'::text, 'full'::text, 'dead'::text, 'retired'::text])))
);
CREATE SEQUENCE public.userbot_accounts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.userbot_accounts_id_seq OWNED BY public.userbot_accounts.id;
CREATE TABLE public.variables (
    name text NOT NULL,
    value text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE public.vip_entries (
    customer_id uuid NOT NULL,
    vip_entry_stage integer DEFAULT 1,
    vip_entry_token character varying(64),
    invite_link_sent_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_vip_entries_vip_entry_stage_known CHECK ((vip_entry_stage = ANY (ARRAY[1, 2, 3])))
);
CREATE TABLE public.webhook_inbox (
    id uuid NOT NULL,
    provider text NOT NULL,
    event_key text NOT NULL,
    event jsonb NOT NULL,
    body bytea NOT NULL,
    status text NOT NULL,
    note text,
    attempts integer NOT NULL,
    received_at timestamp with time zone NOT NULL,
    handled_at timestamp with time zone,
    origin text DEFAULT 'told'::text NOT NULL,
    CONSTRAINT ck_webhook_inbox_origin_known CHECK ((origin = ANY (ARRAY['asked'::text, 'told'::text]))),
    CONSTRAINT ck_webhook_inbox_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'applied'::text, 'ignored'::text, 'parked'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.01');
CREATE TABLE public.withdrawals (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    plan_name text NOT NULL,
    name text NOT NULL,
    contract_at timestamp with time zone NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    amount_minor bigint,
    amount_currency character(3),
    kept_minor bigint,
    kept_currency character(3),
    automatic boolean NOT NULL,
    refund_due timestamp with time zone NOT NULL,
    asked_by text,
    CONSTRAINT ck_withdrawals_amount_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT ck_withdrawals_amount_whole CHECK (((amount_minor IS NULL) = (amount_currency IS NULL))),
    CONSTRAINT ck_withdrawals_kept_not_negative CHECK ((kept_minor >= 0)),
    CONSTRAINT ck_withdrawals_kept_whole CHECK (((kept_minor IS NULL) = (kept_currency IS NULL)))
);
ALTER TABLE ONLY public.audit_log ALTER COLUMN id SET DEFAULT nextval('public.audit_log_id_seq'::regclass);
ALTER TABLE ONLY public.due_jobs ALTER COLUMN id SET DEFAULT nextval('public.due_jobs_id_seq'::regclass);
ALTER TABLE ONLY public.ledger_entries ALTER COLUMN id SET DEFAULT nextval('public.ledger_entries_id_seq'::regclass);
ALTER TABLE ONLY public.pgqueuer ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_id_seq'::regclass);
ALTER TABLE ONLY public.pgqueuer_schedules ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_schedules_id_seq'::regclass);
ALTER TABLE ONLY public.pgqueuer_statistics ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_statistics_id_seq'::regclass);
ALTER TABLE ONLY public.userbot_accounts ALTER COLUMN id SET DEFAULT nextval('public.userbot_accounts_id_seq'::regclass);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.accesses
    ADD CONSTRAINT one_access_per_customer_and_channel UNIQUE (customer_id, channel_id);
ALTER TABLE ONLY public.second_accounts
    ADD CONSTRAINT one_account_per_code UNIQUE (code);
ALTER TABLE ONLY public.userbot_accounts
    ADD CONSTRAINT one_account_per_phone UNIQUE (phone);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT one_activation_token_per_gift UNIQUE (order_id);
ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT one_alarm_per_key UNIQUE (key);
ALTER TABLE ONLY public.app_presses
    ADD CONSTRAINT one_app_press_per_key UNIQUE (person, key);
ALTER TABLE ONLY public.checkout_attempts
    ADD CONSTRAINT one_attempt_per_checkout_session UNIQUE (provider, session_ref);
ALTER TABLE ONLY public.broadcasts
    ADD CONSTRAINT one_broadcast_per_key UNIQUE (key);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT one_channel_per_marker UNIQUE (marker);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT one_channel_per_subscription UNIQUE (subscription_id);
ALTER TABLE ONLY public.console_visits
    ADD CONSTRAINT one_console_visit_per_key UNIQUE (key);
ALTER TABLE ONLY public.payment_accounts
    ADD CONSTRAINT one_customer_per_payment_account UNIQUE (provider, external_customer_id);
ALTER TABLE ONLY public.second_accounts
    ADD CONSTRAINT one_customer_per_second_account UNIQUE (telegram_id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT one_customer_per_telegram_user UNIQUE (telegram_id);
ALTER TABLE ONLY public.pick_deliveries
    ADD CONSTRAINT one_delivery_per_pick_and_channel UNIQUE (pick_id, channel_id);
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT one_dispute_per_provider_key UNIQUE (provider, dispute_key);
ALTER TABLE ONLY public.partner_entries
    ADD CONSTRAINT one_entry_per_step UNIQUE (payment_id, number);
ALTER TABLE ONLY public.vip_entries
    ADD CONSTRAINT one_entry_per_vip_entry_token UNIQUE (vip_entry_token);
ALTER TABLE ONLY public.webhook_inbox
    ADD CONSTRAINT one_inbox_row_per_provider_event UNIQUE (provider, event_key);
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT one_invoice_per_number UNIQUE (series, year, number, kind, revision);
ALTER TABLE ONLY public.invoice_requests
    ADD CONSTRAINT one_invoice_request_per_receipt UNIQUE (receipt_id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT one_key_per_digest UNIQUE (digest);
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT one_ledger_entry_per_cause UNIQUE (subscription_id, kind, source_key);
ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT one_notification_per_key UNIQUE (key);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT one_partner_per_code UNIQUE (code);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT one_partner_per_customer UNIQUE (customer_id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT one_payment_per_provider_key UNIQUE (provider, payment_key);
ALTER TABLE ONLY public.picks
    ADD CONSTRAINT one_pick_per_key UNIQUE (key);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT one_plan_change_at_a_time UNIQUE (subscription_id, changed_at);
ALTER TABLE ONLY public.service_plans
    ADD CONSTRAINT one_plan_per_soft_id UNIQUE (soft_id);
ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT one_promotion_per_code UNIQUE (code);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT one_receipt_per_number UNIQUE (series, year, number);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT one_receipt_per_source UNIQUE (kind, source_id);
ALTER TABLE ONLY public.receivers
    ADD CONSTRAINT one_receiver_per_name UNIQUE (name);
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT one_record_per_position UNIQUE ("position");
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT one_record_per_revision UNIQUE (receipt_id, kind_of_invoice, kind, revision);
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT one_refund_per_provider_key UNIQUE (provider, refund_key);
ALTER TABLE ONLY public.promotion_reservations
    ADD CONSTRAINT one_reservation_per_place UNIQUE (promotion_id, place);
ALTER TABLE ONLY public.resources
    ADD CONSTRAINT one_resource_per_soft_id UNIQUE (soft_id);
ALTER TABLE ONLY public.ritual_entries
    ADD CONSTRAINT one_ritual_entry_per_token UNIQUE (vip_entry_token);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT one_row_per_activation_token UNIQUE (token);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT one_row_per_telegram_channel UNIQUE (channel_id);
ALTER TABLE ONLY public.staff_invitations
    ADD CONSTRAINT one_staff_invitation_per_digest UNIQUE (digest);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT one_subscription_per_provider_ref UNIQUE (provider, provider_ref);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT one_withdrawal_per_order UNIQUE (order_id);
ALTER TABLE ONLY public.pgqueuer_log
    ADD CONSTRAINT pgqueuer_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pgqueuer
    ADD CONSTRAINT pgqueuer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_expression_entrypoint_key UNIQUE (expression, entrypoint);
ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pgqueuer_statistics
    ADD CONSTRAINT pgqueuer_statistics_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accesses
    ADD CONSTRAINT pk_accesses PRIMARY KEY (id);
ALTER TABLE ONLY public.account_bots
    ADD CONSTRAINT pk_account_bots PRIMARY KEY (account_id, bot_id);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT pk_activation_tokens PRIMARY KEY (id);
ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT pk_alarms PRIMARY KEY (id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (name);
ALTER TABLE ONLY public.app_presses
    ADD CONSTRAINT pk_app_presses PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT pk_audit_log PRIMARY KEY (id);
ALTER TABLE ONLY public.bot_updates
    ADD CONSTRAINT pk_bot_updates PRIMARY KEY (bot_id, update_id);
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT pk_bots PRIMARY KEY (telegram_id);
ALTER TABLE ONLY public.broadcast_deliveries
    ADD CONSTRAINT pk_broadcast_deliveries PRIMARY KEY (broadcast_id, customer_id);
ALTER TABLE ONLY public.broadcasts
    ADD CONSTRAINT pk_broadcasts PRIMARY KEY (id);
ALTER TABLE ONLY public.channel_invites
    ADD CONSTRAINT pk_channel_invites PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_guests
    ADD CONSTRAINT pk_chat_guests PRIMARY KEY (channel_id, telegram_id);
ALTER TABLE ONLY public.checkout_attempts
    ADD CONSTRAINT pk_checkout_attempts PRIMARY KEY (order_id, number);
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT pk_consents PRIMARY KEY (customer_id, version);
ALTER TABLE ONLY public.console_visits
    ADD CONSTRAINT pk_console_visits PRIMARY KEY (link);
ALTER TABLE ONLY public.custom_settings
    ADD CONSTRAINT pk_custom_settings PRIMARY KEY (name);
ALTER TABLE ONLY public.custom_texts
    ADD CONSTRAINT pk_custom_texts PRIMARY KEY (language, key);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT pk_customers PRIMARY KEY (id);
ALTER TABLE ONLY public.declarations
    ADD CONSTRAINT pk_declarations PRIMARY KEY (id);
ALTER TABLE ONLY public.dialogues
    ADD CONSTRAINT pk_dialogues PRIMARY KEY (person);
ALTER TABLE ONLY public.dispute_responses
    ADD CONSTRAINT pk_dispute_responses PRIMARY KEY (dispute_id);
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT pk_disputes PRIMARY KEY (id);
ALTER TABLE ONLY public.due_jobs
    ADD CONSTRAINT pk_due_jobs PRIMARY KEY (id);
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT pk_invoice_records PRIMARY KEY (id);
ALTER TABLE ONLY public.invoice_requests
    ADD CONSTRAINT pk_invoice_requests PRIMARY KEY (id);
ALTER TABLE ONLY public.kept_figures
    ADD CONSTRAINT pk_kept_figures PRIMARY KEY (question);
ALTER TABLE ONLY public.kept_openings
    ADD CONSTRAINT pk_kept_openings PRIMARY KEY (subscription_id, resource_id);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT pk_leases PRIMARY KEY (name);
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT pk_ledger_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.link_uses
    ADD CONSTRAINT pk_link_uses PRIMARY KEY (customer_id, source);
ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT pk_notifications PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT pk_orders PRIMARY KEY (id);
ALTER TABLE ONLY public.outgoing_events
    ADD CONSTRAINT pk_outgoing_events PRIMARY KEY (id);
ALTER TABLE ONLY public.own_roles
    ADD CONSTRAINT pk_own_roles PRIMARY KEY (name);
ALTER TABLE ONLY public.partner_entries
    ADD CONSTRAINT pk_partner_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.partner_terms
    ADD CONSTRAINT pk_partner_terms PRIMARY KEY (partner_id, number);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT pk_partners PRIMARY KEY (id);
ALTER TABLE ONLY public.payment_accounts
    ADD CONSTRAINT pk_payment_accounts PRIMARY KEY (customer_id, provider);
ALTER TABLE ONLY public.payment_methods
    ADD CONSTRAINT pk_payment_methods PRIMARY KEY (provider);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT pk_payments PRIMARY KEY (id);
ALTER TABLE ONLY public.pick_deliveries
    ADD CONSTRAINT pk_pick_deliveries PRIMARY KEY (id);
ALTER TABLE ONLY public.pick_pictures
    ADD CONSTRAINT pk_pick_pictures PRIMARY KEY (pick_id);
ALTER TABLE ONLY public.picks
    ADD CONSTRAINT pk_picks PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT pk_plan_changes PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_payment_prices
    ADD CONSTRAINT pk_plan_payment_prices PRIMARY KEY (plan_id, provider);
ALTER TABLE ONLY public.plan_resources
    ADD CONSTRAINT pk_plan_resources PRIMARY KEY (plan_id, resource_id);
ALTER TABLE ONLY public.plan_topics
    ADD CONSTRAINT pk_plan_topics PRIMARY KEY (channel_id, plan_id);
ALTER TABLE ONLY public.promotion_claims
    ADD CONSTRAINT pk_promotion_claims PRIMARY KEY (customer_id, promotion_id);
ALTER TABLE ONLY public.promotion_reservations
    ADD CONSTRAINT pk_promotion_reservations PRIMARY KEY (order_id, promotion_id);
ALTER TABLE ONLY public.promotion_uses
    ADD CONSTRAINT pk_promotion_uses PRIMARY KEY (order_id);
ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT pk_promotions PRIMARY KEY (id);
ALTER TABLE ONLY public.question_lines
    ADD CONSTRAINT pk_question_lines PRIMARY KEY (id);
ALTER TABLE ONLY public.questions
    ADD CONSTRAINT pk_questions PRIMARY KEY (id);
ALTER TABLE ONLY public.receipt_series
    ADD CONSTRAINT pk_receipt_series PRIMARY KEY (series, year);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT pk_receipts PRIMARY KEY (id);
ALTER TABLE ONLY public.receivers
    ADD CONSTRAINT pk_receivers PRIMARY KEY (id);
ALTER TABLE ONLY public.record_channels
    ADD CONSTRAINT pk_record_channels PRIMARY KEY (plan_id);
ALTER TABLE ONLY public.record_entries
    ADD CONSTRAINT pk_record_entries PRIMARY KEY (plan_id, number);
ALTER TABLE ONLY public.record_posts
    ADD CONSTRAINT pk_record_posts PRIMARY KEY (plan_id, kind, subject);
ALTER TABLE ONLY public.record_rules
    ADD CONSTRAINT pk_record_rules PRIMARY KEY (plan_id);
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT pk_refunds PRIMARY KEY (id);
ALTER TABLE ONLY public.resource_contents
    ADD CONSTRAINT pk_resource_contents PRIMARY KEY (resource_id);
ALTER TABLE ONLY public.resources
    ADD CONSTRAINT pk_resources PRIMARY KEY (id);
ALTER TABLE ONLY public.ritual_entries
    ADD CONSTRAINT pk_ritual_entries PRIMARY KEY (customer_id, resource_id);
ALTER TABLE ONLY public.scheduled_runs
    ADD CONSTRAINT pk_scheduled_runs PRIMARY KEY (name, subject);
ALTER TABLE ONLY public.second_accounts
    ADD CONSTRAINT pk_second_accounts PRIMARY KEY (customer_id);
ALTER TABLE ONLY public.second_factors
    ADD CONSTRAINT pk_second_factors PRIMARY KEY (person);
ALTER TABLE ONLY public.second_owners
    ADD CONSTRAINT pk_second_owners PRIMARY KEY (channel_id);
ALTER TABLE ONLY public.seen_chats
    ADD CONSTRAINT pk_seen_chats PRIMARY KEY (chat_id);
ALTER TABLE ONLY public.service_plans
    ADD CONSTRAINT pk_service_plans PRIMARY KEY (id);
ALTER TABLE ONLY public.staff_invitations
    ADD CONSTRAINT pk_staff_invitations PRIMARY KEY (id);
ALTER TABLE ONLY public.staff_operations
    ADD CONSTRAINT pk_staff_operations PRIMARY KEY (id);
ALTER TABLE ONLY public.status_cards
    ADD CONSTRAINT pk_status_cards PRIMARY KEY (order_id, message_id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT pk_subscriptions PRIMARY KEY (id);
ALTER TABLE ONLY public.sweep_decisions
    ADD CONSTRAINT pk_sweep_decisions PRIMARY KEY (sweep_id, step);
ALTER TABLE ONLY public.sweeps
    ADD CONSTRAINT pk_sweeps PRIMARY KEY (id);
ALTER TABLE ONLY public.swept
    ADD CONSTRAINT pk_swept PRIMARY KEY (sweep_id, subscription_id);
ALTER TABLE ONLY public.takeovers
    ADD CONSTRAINT pk_takeovers PRIMARY KEY (id);
ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT pk_tallies PRIMARY KEY (name, label);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT pk_telegram_channels PRIMARY KEY (id);
ALTER TABLE ONLY public.tip_reminders
    ADD CONSTRAINT pk_tip_reminders PRIMARY KEY (plan_id);
ALTER TABLE ONLY public.trial_marks
    ADD CONSTRAINT pk_trial_marks PRIMARY KEY (mark);
ALTER TABLE ONLY public.userbot_accounts
    ADD CONSTRAINT pk_userbot_accounts PRIMARY KEY (id);
ALTER TABLE ONLY public.variables
    ADD CONSTRAINT pk_variables PRIMARY KEY (name);
ALTER TABLE ONLY public.vip_entries
    ADD CONSTRAINT pk_vip_entries PRIMARY KEY (customer_id);
ALTER TABLE ONLY public.webhook_inbox
    ADD CONSTRAINT pk_webhook_inbox PRIMARY KEY (id);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT pk_withdrawals PRIMARY KEY (id);
CREATE INDEX idx_vip_entry_stage ON public.vip_entries USING btree (vip_entry_stage);
CREATE INDEX invoice_records_waiting ON public.invoice_records USING btree ("position") WHERE (state = 'waiting'::text);
CREATE INDEX ix_accesses_channel_id ON public.accesses USING btree (channel_id);
CREATE INDEX ix_accesses_joined_at ON public.accesses USING btree (joined_at);
CREATE INDEX ix_accesses_outside ON public.accesses USING btree (status) WHERE (status = ANY (ARRAY['action_required'::text, 'failed'::text, 'invited'::text, 'pending'::text]));
CREATE INDEX ix_activation_tokens_batch ON public.activation_tokens USING btree (batch) WHERE (batch IS NOT NULL);
CREATE INDEX ix_activation_tokens_created_at ON public.activation_tokens USING btree (created_at);
CREATE INDEX ix_activation_tokens_plan_id ON public.activation_tokens USING btree (plan_id, created_at);
CREATE INDEX ix_activation_tokens_unsealed ON public.activation_tokens USING btree (id) WHERE (NOT sealed);
CREATE INDEX ix_activation_tokens_used_by ON public.activation_tokens USING btree (used_by) WHERE (used_by IS NOT NULL);
CREATE INDEX ix_alarms_open ON public.alarms USING btree (raised_at) WHERE (closed_at IS NULL);
CREATE INDEX ix_app_presses_asked_at ON public.app_presses USING btree (asked_at);
CREATE INDEX ix_audit_log_at ON public.audit_log USING btree (at);
CREATE INDEX ix_audit_log_strangers ON public.audit_log USING btree (action) WHERE (action = ANY (ARRAY['join_request.declined'::text, 'stranger.removed'::text]));
CREATE INDEX ix_audit_log_subject ON public.audit_log USING btree (subject, at);
CREATE INDEX ix_bot_updates_done ON public.bot_updates USING btree (done_at) WHERE (done_at IS NOT NULL);
CREATE INDEX ix_bot_updates_open ON public.bot_updates USING btree (bot_id, chat_key, update_id) WHERE (done_at IS NULL);
CREATE INDEX ix_broadcast_deliveries_customer_id ON public.broadcast_deliveries USING btree (customer_id);
CREATE INDEX ix_broadcast_deliveries_open ON public.broadcast_deliveries USING btree (broadcast_id) WHERE (status = ANY (ARRAY['pending'::text, 'sending'::text]));
CREATE INDEX ix_broadcasts_created_at ON public.broadcasts USING btree (created_at);
CREATE INDEX ix_channel_invites_channel_id ON public.channel_invites USING btree (channel_id);
CREATE INDEX ix_channel_invites_customer_id ON public.channel_invites USING btree (customer_id) WHERE (status = 'live'::text);
CREATE INDEX ix_channel_invites_live ON public.channel_invites USING btree (channel_id) WHERE (status = 'live'::text);
CREATE INDEX ix_checkout_attempts_opened ON public.checkout_attempts USING btree (provider, created_at) WHERE (session_ref IS NOT NULL);
CREATE INDEX ix_checkout_attempts_promotion_id ON public.checkout_attempts USING btree (promotion_id) WHERE (promotion_id IS NOT NULL);
CREATE INDEX ix_console_visits_person ON public.console_visits USING btree (person);
CREATE INDEX ix_customers_created_at ON public.customers USING btree (created_at, id);
CREATE INDEX ix_customers_partner_id ON public.customers USING btree (partner_id) WHERE (partner_id IS NOT NULL);
CREATE INDEX ix_customers_referrer_id ON public.customers USING btree (referrer_id) WHERE (referrer_id IS NOT NULL);
CREATE INDEX ix_customers_staff_role ON public.customers USING btree (staff_role) WHERE (staff_role IS NOT NULL);
CREATE INDEX ix_customers_username ON public.customers USING btree (lower(username));
CREATE INDEX ix_declarations_customer_id ON public.declarations USING btree (customer_id);
CREATE INDEX ix_declarations_order_id ON public.declarations USING btree (order_id);
CREATE INDEX ix_dialogues_expires_at ON public.dialogues USING btree (expires_at);
CREATE INDEX ix_dispute_responses_payment_id ON public.dispute_responses USING btree (payment_id);
CREATE INDEX ix_disputes_payment_id ON public.disputes USING btree (payment_id);
CREATE INDEX ix_due_jobs_due_at ON public.due_jobs USING btree (due_at);
CREATE INDEX ix_invoice_records_customer_id ON public.invoice_records USING btree (customer_id);
CREATE INDEX ix_invoice_requests_customer_id ON public.invoice_requests USING btree (customer_id);
CREATE INDEX ix_kept_openings_until ON public.kept_openings USING btree (until);
CREATE INDEX ix_ledger_entries_granted ON public.ledger_entries USING btree (source_key) WHERE (kind = 'admin_grant'::text);
CREATE INDEX ix_link_uses_used_at ON public.link_uses USING btree (used_at);
CREATE INDEX ix_notifications_created_at ON public.notifications USING btree (created_at, id);
CREATE INDEX ix_notifications_evidence ON public.notifications USING btree (sent_at) WHERE (text IS NOT NULL);
CREATE INDEX ix_notifications_failed ON public.notifications USING btree (created_at) WHERE ((failed IS NOT NULL) AND (recipient <> 0));
CREATE INDEX ix_notifications_news ON public.notifications USING btree (recipient, sent_at) WHERE (kind = 'owner_news'::text);
CREATE INDEX ix_notifications_owed ON public.notifications USING btree (created_at) WHERE ((sent_at IS NULL) AND (failed IS NULL));
CREATE INDEX ix_notifications_recipient ON public.notifications USING btree (recipient);
CREATE INDEX ix_notifications_repeated ON public.notifications USING btree (kind) WHERE (repeated > 0);
CREATE INDEX ix_notifications_told ON public.notifications USING btree (sent_at) WHERE (recipient <> 0);
CREATE INDEX ix_orders_created_at ON public.orders USING btree (created_at, id);
CREATE INDEX ix_orders_customer_id ON public.orders USING btree (customer_id);
CREATE INDEX ix_orders_due ON public.orders USING btree (expires_at) WHERE (status = 'open'::text);
CREATE INDEX ix_orders_gifts ON public.orders USING btree (customer_id, paid_at) WHERE gift;
CREATE INDEX ix_orders_plan_id ON public.orders USING btree (plan_id);
CREATE INDEX ix_outgoing_events_customer_id ON public.outgoing_events USING btree (customer_id);
CREATE INDEX ix_outgoing_events_done ON public.outgoing_events USING btree (done_at);
CREATE INDEX ix_outgoing_events_receiver ON public.outgoing_events USING btree (receiver_id, happened_at);
CREATE INDEX ix_outgoing_events_waiting ON public.outgoing_events USING btree (receiver_id, next_at) WHERE (state = 'waiting'::text);
CREATE INDEX ix_partner_entries_partner_id ON public.partner_entries USING btree (partner_id, at);
CREATE INDEX ix_payments_customer_id ON public.payments USING btree (customer_id);
CREATE INDEX ix_payments_flagged ON public.payments USING btree (occurred_at, id) WHERE (status = 'flagged'::text);
CREATE INDEX ix_payments_occurred_at ON public.payments USING btree (occurred_at, id);
CREATE INDEX ix_payments_order_id ON public.payments USING btree (order_id);
CREATE INDEX ix_payments_recorded_at ON public.payments USING btree (recorded_at, id);
CREATE INDEX ix_payments_subscription_id ON public.payments USING btree (subscription_id);
CREATE INDEX ix_pgqueuer_failed ON public.pgqueuer USING btree (entrypoint) WHERE (status = 'failed'::public.pgqueuer_status);
CREATE INDEX ix_pick_deliveries_channel_id ON public.pick_deliveries USING btree (channel_id);
CREATE INDEX ix_pick_deliveries_repeated ON public.pick_deliveries USING btree (bot) WHERE (repeated > 0);
CREATE INDEX ix_pick_deliveries_unsent ON public.pick_deliveries USING btree (pick_id) WHERE (revision = 0);
CREATE INDEX ix_pick_pictures_created_at ON public.pick_pictures USING btree (created_at);
CREATE INDEX ix_picks_deadline ON public.picks USING btree (deadline) WHERE (deadline IS NOT NULL);
CREATE INDEX ix_picks_plan_id ON public.picks USING btree (plan_id);
CREATE INDEX ix_plan_resources_resource_id ON public.plan_resources USING btree (resource_id);
CREATE INDEX ix_promotion_claims_promotion_id ON public.promotion_claims USING btree (promotion_id);
CREATE INDEX ix_promotion_reservations_customer_id ON public.promotion_reservations USING btree (customer_id);
CREATE INDEX ix_promotion_uses_customer_id ON public.promotion_uses USING btree (customer_id);
CREATE INDEX ix_promotion_uses_promotion_id ON public.promotion_uses USING btree (promotion_id);
CREATE INDEX ix_question_lines_question_id ON public.question_lines USING btree (question_id, at);
CREATE INDEX ix_questions_asked_at ON public.questions USING btree (asked_at);
CREATE INDEX ix_questions_customer_id ON public.questions USING btree (customer_id);
CREATE INDEX ix_receipts_customer_id ON public.receipts USING btree (customer_id);
CREATE INDEX ix_receipts_issued_at ON public.receipts USING btree (issued_at);
CREATE INDEX ix_receipts_order_id ON public.receipts USING btree (order_id);
CREATE INDEX ix_receipts_payment_id ON public.receipts USING btree (payment_id);
CREATE INDEX ix_record_entries_tip_id ON public.record_entries USING btree (tip_id, number);
CREATE INDEX ix_refunds_occurred_at ON public.refunds USING btree (occurred_at);
CREATE INDEX ix_refunds_payment_id ON public.refunds USING btree (payment_id);
CREATE INDEX ix_ritual_entries_under_way ON public.ritual_entries USING btree (resource_id) WHERE (vip_entry_stage IS NOT NULL);
CREATE INDEX ix_second_owners_account_id ON public.second_owners USING btree (account_id);
CREATE INDEX ix_staff_operations_at ON public.staff_operations USING btree (at);
CREATE INDEX ix_subscriptions_ask ON public.subscriptions USING btree (provider, next_ask_at NULLS FIRST) WHERE (status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text]));
CREATE INDEX ix_subscriptions_created_at ON public.subscriptions USING btree (created_at, id);
CREATE INDEX ix_subscriptions_customer_id ON public.subscriptions USING btree (customer_id);
CREATE INDEX ix_subscriptions_due ON public.subscriptions USING btree (access_until) WHERE (status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text]));
CREATE INDEX ix_subscriptions_ended_at ON public.subscriptions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX ix_subscriptions_order_id ON public.subscriptions USING btree (order_id);
CREATE INDEX ix_subscriptions_plan_id ON public.subscriptions USING btree (plan_id);
CREATE INDEX ix_subscriptions_reminder ON public.subscriptions USING btree (next_reminder_at NULLS FIRST);
CREATE INDEX ix_subscriptions_unpaid ON public.subscriptions USING btree (next_check_at) WHERE (status = 'past_due'::text);
CREATE INDEX ix_sweeps_under_way ON public.sweeps USING btree (began_at) WHERE (status = ANY (ARRAY['asking'::text, 'gathering'::text]));
CREATE INDEX ix_takeovers_customer_id ON public.takeovers USING btree (customer_id);
CREATE INDEX ix_takeovers_due_at ON public.takeovers USING btree (due_at) WHERE (status = 'waiting'::text);
CREATE INDEX ix_takeovers_from_account ON public.takeovers USING btree (from_account);
CREATE INDEX ix_takeovers_to_account ON public.takeovers USING btree (to_account);
CREATE INDEX ix_telegram_channels_account_id ON public.telegram_channels USING btree (account_id);
CREATE INDEX ix_telegram_channels_created_at ON public.telegram_channels USING btree (created_at, id);
CREATE INDEX ix_telegram_channels_customer_id ON public.telegram_channels USING btree (customer_id);
CREATE INDEX ix_telegram_channels_delete_at ON public.telegram_channels USING btree (delete_at) WHERE (delete_at IS NOT NULL);
CREATE INDEX ix_telegram_channels_plan_id ON public.telegram_channels USING btree (plan_id);
CREATE INDEX ix_telegram_channels_stock ON public.telegram_channels USING btree (created_at) WHERE ((kind = 'personal'::text) AND (customer_id IS NULL) AND (status <> 'deleted'::text));
CREATE INDEX ix_webhook_inbox_bodies ON public.webhook_inbox USING btree (handled_at) WHERE (octet_length(body) > 0);
CREATE INDEX ix_webhook_inbox_heard ON public.webhook_inbox USING btree (provider, origin, received_at);
CREATE INDEX ix_webhook_inbox_left ON public.webhook_inbox USING btree (handled_at) WHERE (status = ANY (ARRAY['ignored'::text, 'parked'::text]));
CREATE INDEX ix_webhook_inbox_parked ON public.webhook_inbox USING btree (provider) WHERE (status = 'parked'::text);
CREATE INDEX ix_webhook_inbox_pending ON public.webhook_inbox USING btree (received_at) WHERE (status = 'pending'::text);
CREATE INDEX ix_webhook_inbox_received_at ON public.webhook_inbox USING btree (received_at, id);
CREATE INDEX ix_webhook_inbox_refs ON public.webhook_inbox USING gin ((ARRAY[(event #>> '{data,telegram_id}'::text[]), (event #>> '{data,order_id}'::text[]), (event #>> '{data,payment_key}'::text[]), (event #>> '{data,about_payment}'::text[]), (event #>> '{data,subscription_ref}'::text[]), (event #>> '{data,checkout_ref}'::text[]), (event #>> '{data,customer_ref}'::text[])]));
CREATE INDEX ix_withdrawals_customer_id ON public.withdrawals USING btree (customer_id);
CREATE UNIQUE INDEX one_commission_per_payment ON public.partner_entries USING btree (payment_id) WHERE (kind = 'earned'::text);
CREATE UNIQUE INDEX one_due_job_per_key ON public.due_jobs USING btree (key) WHERE (key IS NOT NULL);
CREATE UNIQUE INDEX one_event_per_transmission ON public.webhook_inbox USING btree (provider, ((event #>> '{data,transmission}'::text[]))) WHERE ((event #>> '{data,transmission}'::text[]) IS NOT NULL);
CREATE UNIQUE INDEX one_live_subscription_per_customer_and_plan ON public.subscriptions USING btree (customer_id, plan_id) WHERE (status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text]));
CREATE UNIQUE INDEX one_open_order_per_customer_and_plan ON public.orders USING btree (customer_id, plan_id, gift) WHERE (status = 'open'::text);
CREATE UNIQUE INDEX one_open_question_per_customer ON public.questions USING btree (customer_id) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX one_open_sweep_per_subscription ON public.swept USING btree (subscription_id) WHERE (state = ANY (ARRAY['checking'::text, 'due'::text, 'going'::text, 'held'::text, 'stays'::text]));
CREATE UNIQUE INDEX one_open_takeover_per_account ON public.takeovers USING btree (to_account) WHERE (status = ANY (ARRAY['proposed'::text, 'waiting'::text]));
CREATE UNIQUE INDEX one_open_takeover_per_customer ON public.takeovers USING btree (customer_id) WHERE (status = ANY (ARRAY['proposed'::text, 'waiting'::text]));
CREATE UNIQUE INDEX one_payout_per_reference ON public.partner_entries USING btree (partner_id, reference) WHERE (kind = 'paid'::text);
CREATE UNIQUE INDEX one_personal_channel_per_customer_and_plan ON public.telegram_channels USING btree (customer_id, plan_id) WHERE ((kind = 'personal'::text) AND (status <> 'deleted'::text));
CREATE UNIQUE INDEX one_place_per_resource ON public.telegram_channels USING btree (resource_id) WHERE (status <> 'deleted'::text);
CREATE UNIQUE INDEX one_reminder_per_tip ON public.picks USING btree (reminds_of) WHERE (reminds_of IS NOT NULL);
CREATE UNIQUE INDEX one_reservation_per_customer ON public.promotion_reservations USING btree (promotion_id, customer_id) WHERE once;
CREATE UNIQUE INDEX one_settlement_per_tip ON public.record_entries USING btree (tip_id) WHERE (kind = 'settled'::text);
CREATE UNIQUE INDEX one_tip_per_pick ON public.record_entries USING btree (tip_id) WHERE (kind = 'published'::text);
CREATE UNIQUE INDEX one_vip_channel ON public.telegram_channels USING btree (kind) WHERE ((kind = 'vip'::text) AND (status <> 'deleted'::text));
CREATE INDEX pgqueuer_ep_ea_idx ON public.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::public.pgqueuer_status);
CREATE INDEX pgqueuer_ep_prio_id_idx ON public.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::public.pgqueuer_status);
CREATE INDEX pgqueuer_log_created ON public.pgqueuer_log USING btree (created);
CREATE INDEX pgqueuer_log_job_id_status ON public.pgqueuer_log USING btree (job_id, created DESC);
CREATE INDEX pgqueuer_log_not_aggregated ON public.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);
CREATE INDEX pgqueuer_log_status ON public.pgqueuer_log USING btree (status);
CREATE INDEX pgqueuer_picked_heartbeat_idx ON public.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::public.pgqueuer_status);
CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON public.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::public.pgqueuer_status) AND (slot IS NOT NULL));
CREATE INDEX pgqueuer_priority_id_id1_idx ON public.pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::public.pgqueuer_status);
CREATE INDEX pgqueuer_queue_manager_id_idx ON public.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);
CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON public.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);
CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON public.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::public.pgqueuer_status, 'picked'::public.pgqueuer_status])) AND (dedupe_key IS NOT NULL));
CREATE INDEX pgqueuer_updated_id_id1_idx ON public.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::public.pgqueuer_status);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.refuse_change('actor', 'subject', 'why', 'facts');
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.invoice_records FOR EACH ROW EXECUTE FUNCTION public.keep_invoice_record();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change('note');
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.partner_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.partner_terms FOR EACH ROW EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.receipts FOR EACH ROW EXECUTE FUNCTION public.refuse_change('customer_ref');
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.record_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.record_posts FOR EACH ROW EXECUTE FUNCTION public.keep_record_post();
CREATE TRIGGER audit_guard BEFORE INSERT ON public.audit_log FOR EACH ROW WHEN ((NOT public.umbral_may_write('audit'::text, new.action))) EXECUTE FUNCTION public.umbral_refuse();
CREATE TRIGGER before_its_start BEFORE INSERT ON public.record_posts FOR EACH ROW WHEN ((new.kind = ANY (ARRAY['teaser'::text, 'tip'::text]))) EXECUTE FUNCTION public.choose_teaser();
CREATE TRIGGER by_rule_of_plan BEFORE INSERT ON public.record_entries FOR EACH ROW WHEN ((new.kind = 'published'::text)) EXECUTE FUNCTION public.follow_record_rule();
CREATE TRIGGER chained BEFORE INSERT ON public.invoice_records FOR EACH ROW EXECUTE FUNCTION public.chain_invoice_record();
CREATE TRIGGER fixed_by_first_tip BEFORE INSERT OR DELETE OR UPDATE ON public.record_rules FOR EACH ROW EXECUTE FUNCTION public.keep_record_rule();
CREATE TRIGGER inbox_guard BEFORE INSERT ON public.webhook_inbox FOR EACH ROW WHEN ((NOT public.umbral_may_write('inbox'::text, new.origin))) EXECUTE FUNCTION public.umbral_refuse();
CREATE TRIGGER later_guard BEFORE INSERT OR UPDATE OF name ON public.due_jobs FOR EACH ROW WHEN ((NOT public.umbral_may_write('queue'::text, new.name))) EXECUTE FUNCTION public.umbral_refuse();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.invoice_records FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.partner_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.partner_terms FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.receipts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.record_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.record_posts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();
CREATE TRIGGER open_changed_plan AFTER UPDATE OF access ON public.service_plans FOR EACH ROW WHEN ((old.access IS DISTINCT FROM new.access)) EXECUTE FUNCTION public.umbral_open_by_access();
CREATE TRIGGER open_new_plan AFTER INSERT ON public.service_plans FOR EACH ROW EXECUTE FUNCTION public.umbral_open_by_access();
CREATE TRIGGER place_vip BEFORE INSERT ON public.telegram_channels FOR EACH ROW WHEN (((new.kind = 'vip'::text) AND (new.resource_id IS NULL))) EXECUTE FUNCTION public.umbral_place_vip();
CREATE TRIGGER queue_guard BEFORE INSERT OR UPDATE OF entrypoint ON public.pgqueuer FOR EACH ROW WHEN ((NOT public.umbral_may_write('queue'::text, new.entrypoint))) EXECUTE FUNCTION public.umbral_refuse();
CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.pgqueuer FOR EACH STATEMENT EXECUTE FUNCTION public.fn_pgqueuer_changed();
CREATE TRIGGER variable_guard BEFORE INSERT OR UPDATE ON public.variables FOR EACH ROW WHEN ((NOT public.umbral_may_write('variables'::text, new.name))) EXECUTE FUNCTION public.umbral_refuse();
ALTER TABLE ONLY public.accesses
    ADD CONSTRAINT fk_accesses_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id);
ALTER TABLE ONLY public.accesses
    ADD CONSTRAINT fk_accesses_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.account_bots
    ADD CONSTRAINT fk_account_bots_account_id FOREIGN KEY (account_id) REFERENCES public.userbot_accounts(id);
ALTER TABLE ONLY public.account_bots
    ADD CONSTRAINT fk_account_bots_bot_id FOREIGN KEY (bot_id) REFERENCES public.bots(telegram_id);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT fk_activation_tokens_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT fk_activation_tokens_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT fk_activation_tokens_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.activation_tokens
    ADD CONSTRAINT fk_activation_tokens_used_by FOREIGN KEY (used_by) REFERENCES public.customers(id);
ALTER TABLE ONLY public.broadcast_deliveries
    ADD CONSTRAINT fk_broadcast_deliveries_broadcast_id FOREIGN KEY (broadcast_id) REFERENCES public.broadcasts(id);
ALTER TABLE ONLY public.broadcast_deliveries
    ADD CONSTRAINT fk_broadcast_deliveries_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.channel_invites
    ADD CONSTRAINT fk_channel_invites_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id);
ALTER TABLE ONLY public.channel_invites
    ADD CONSTRAINT fk_channel_invites_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.chat_guests
    ADD CONSTRAINT fk_chat_guests_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.checkout_attempts
    ADD CONSTRAINT fk_checkout_attempts_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.checkout_attempts
    ADD CONSTRAINT fk_checkout_attempts_promotion_id FOREIGN KEY (promotion_id) REFERENCES public.promotions(id);
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT fk_consents_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT fk_customers_referrer_id FOREIGN KEY (referrer_id) REFERENCES public.customers(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.declarations
    ADD CONSTRAINT fk_declarations_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.declarations
    ADD CONSTRAINT fk_declarations_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.dispute_responses
    ADD CONSTRAINT fk_dispute_responses_dispute_id FOREIGN KEY (dispute_id) REFERENCES public.disputes(id);
ALTER TABLE ONLY public.dispute_responses
    ADD CONSTRAINT fk_dispute_responses_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT fk_disputes_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT fk_invoice_records_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.invoice_records
    ADD CONSTRAINT fk_invoice_records_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.receipts(id);
ALTER TABLE ONLY public.invoice_requests
    ADD CONSTRAINT fk_invoice_requests_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.invoice_requests
    ADD CONSTRAINT fk_invoice_requests_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.receipts(id);
ALTER TABLE ONLY public.kept_openings
    ADD CONSTRAINT fk_kept_openings_resource_id FOREIGN KEY (resource_id) REFERENCES public.resources(id);
ALTER TABLE ONLY public.kept_openings
    ADD CONSTRAINT fk_kept_openings_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT fk_ledger_entries_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT fk_ledger_entries_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.link_uses
    ADD CONSTRAINT fk_link_uses_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.outgoing_events
    ADD CONSTRAINT fk_outgoing_events_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.outgoing_events
    ADD CONSTRAINT fk_outgoing_events_receiver_id FOREIGN KEY (receiver_id) REFERENCES public.receivers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.partner_entries
    ADD CONSTRAINT fk_partner_entries_partner_id FOREIGN KEY (partner_id) REFERENCES public.partners(id);
ALTER TABLE ONLY public.partner_entries
    ADD CONSTRAINT fk_partner_entries_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.partner_terms
    ADD CONSTRAINT fk_partner_terms_partner_id FOREIGN KEY (partner_id) REFERENCES public.partners(id);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT fk_partners_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.payment_accounts
    ADD CONSTRAINT fk_payment_accounts_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT fk_payments_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT fk_payments_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT fk_payments_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.pick_deliveries
    ADD CONSTRAINT fk_pick_deliveries_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id);
ALTER TABLE ONLY public.pick_deliveries
    ADD CONSTRAINT fk_pick_deliveries_pick_id FOREIGN KEY (pick_id) REFERENCES public.picks(id);
ALTER TABLE ONLY public.pick_pictures
    ADD CONSTRAINT fk_pick_pictures_pick_id FOREIGN KEY (pick_id) REFERENCES public.picks(id);
ALTER TABLE ONLY public.picks
    ADD CONSTRAINT fk_picks_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.picks
    ADD CONSTRAINT fk_picks_reminds_of FOREIGN KEY (reminds_of) REFERENCES public.picks(id);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT fk_plan_changes_from_plan_id FOREIGN KEY (from_plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT fk_plan_changes_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT fk_plan_changes_to_plan_id FOREIGN KEY (to_plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.plan_payment_prices
    ADD CONSTRAINT fk_plan_payment_prices_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_resources
    ADD CONSTRAINT fk_plan_resources_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_resources
    ADD CONSTRAINT fk_plan_resources_resource_id FOREIGN KEY (resource_id) REFERENCES public.resources(id);
ALTER TABLE ONLY public.plan_topics
    ADD CONSTRAINT fk_plan_topics_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_topics
    ADD CONSTRAINT fk_plan_topics_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.promotion_claims
    ADD CONSTRAINT fk_promotion_claims_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.promotion_claims
    ADD CONSTRAINT fk_promotion_claims_promotion_id FOREIGN KEY (promotion_id) REFERENCES public.promotions(id);
ALTER TABLE ONLY public.promotion_reservations
    ADD CONSTRAINT fk_promotion_reservations_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.promotion_reservations
    ADD CONSTRAINT fk_promotion_reservations_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.promotion_reservations
    ADD CONSTRAINT fk_promotion_reservations_promotion_id FOREIGN KEY (promotion_id) REFERENCES public.promotions(id);
ALTER TABLE ONLY public.promotion_uses
    ADD CONSTRAINT fk_promotion_uses_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.promotion_uses
    ADD CONSTRAINT fk_promotion_uses_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.promotion_uses
    ADD CONSTRAINT fk_promotion_uses_promotion_id FOREIGN KEY (promotion_id) REFERENCES public.promotions(id);
ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT fk_promotions_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.question_lines
    ADD CONSTRAINT fk_question_lines_question_id FOREIGN KEY (question_id) REFERENCES public.questions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.questions
    ADD CONSTRAINT fk_questions_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_corrects FOREIGN KEY (corrects) REFERENCES public.receipts(id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.record_channels
    ADD CONSTRAINT fk_record_channels_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.record_entries
    ADD CONSTRAINT fk_record_entries_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.record_entries
    ADD CONSTRAINT fk_record_entries_tip_id FOREIGN KEY (tip_id) REFERENCES public.picks(id);
ALTER TABLE ONLY public.record_posts
    ADD CONSTRAINT fk_record_posts_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.record_rules
    ADD CONSTRAINT fk_record_rules_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT fk_refunds_payment_id FOREIGN KEY (payment_id) REFERENCES public.payments(id);
ALTER TABLE ONLY public.resource_contents
    ADD CONSTRAINT fk_resource_contents_resource_id FOREIGN KEY (resource_id) REFERENCES public.resources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ritual_entries
    ADD CONSTRAINT fk_ritual_entries_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.ritual_entries
    ADD CONSTRAINT fk_ritual_entries_resource_id FOREIGN KEY (resource_id) REFERENCES public.resources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.second_accounts
    ADD CONSTRAINT fk_second_accounts_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.second_owners
    ADD CONSTRAINT fk_second_owners_account_id FOREIGN KEY (account_id) REFERENCES public.userbot_accounts(id);
ALTER TABLE ONLY public.second_owners
    ADD CONSTRAINT fk_second_owners_channel_id FOREIGN KEY (channel_id) REFERENCES public.telegram_channels(id);
ALTER TABLE ONLY public.status_cards
    ADD CONSTRAINT fk_status_cards_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_next_plan_id FOREIGN KEY (next_plan_id) REFERENCES public.service_plans(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.sweep_decisions
    ADD CONSTRAINT fk_sweep_decisions_sweep_id FOREIGN KEY (sweep_id) REFERENCES public.sweeps(id);
ALTER TABLE ONLY public.swept
    ADD CONSTRAINT fk_swept_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.swept
    ADD CONSTRAINT fk_swept_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.swept
    ADD CONSTRAINT fk_swept_sweep_id FOREIGN KEY (sweep_id) REFERENCES public.sweeps(id);
ALTER TABLE ONLY public.takeovers
    ADD CONSTRAINT fk_takeovers_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_account_id FOREIGN KEY (account_id) REFERENCES public.userbot_accounts(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_replaces FOREIGN KEY (replaces) REFERENCES public.telegram_channels(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_resource_id FOREIGN KEY (resource_id) REFERENCES public.resources(id);
ALTER TABLE ONLY public.telegram_channels
    ADD CONSTRAINT fk_telegram_channels_subscription_id FOREIGN KEY (subscription_id) REFERENCES public.subscriptions(id);
ALTER TABLE ONLY public.tip_reminders
    ADD CONSTRAINT fk_tip_reminders_plan_id FOREIGN KEY (plan_id) REFERENCES public.service_plans(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.vip_entries
    ADD CONSTRAINT fk_vip_entries_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT fk_withdrawals_customer_id FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT fk_withdrawals_order_id FOREIGN KEY (order_id) REFERENCES public.orders(id);
