"""Where data about people lies: each table and column, of what kind it is, and what erasing a person does to it.

The one list that the export, the erasure and docs/privacy.md are made of. A test holds it against the columns of the
database: whoever adds one decides here what it is.
"""

from typing import Final

from subscriptions.infrastructure.database import personal_data as own
from subscriptions.infrastructure.database.personal_casts import CASTS
from subscriptions.infrastructure.database.personal_data import BESIDE_MONEY, LAW, Fate, Held, may_mention, mentions
from subscriptions.infrastructure.database.personal_jobs import JOBS

_ABOUT_ONE: Final = f"({mentions('facts::text', 'key')} AND kind <> 'sweep_held')"
"""The question about a sweep lists many: nobody is given the others, and it stays open until it is answered."""

HELD: Final = (
    Held(
        table="bot_updates",
        # Who else wrote about them is somebody else's business, and is forgotten all the same.
        whose=f"chat_key = {own.PERSON}",
        contact="chat_key",
        content="payload",
        technical="bot_id update_id received_at attempts done_at failed",
        fate=Fate.DELETE,
        touched=f"(chat_key = {own.PERSON} OR done_at IS NOT NULL AND {own.about('chat_key', 'payload::text')})",
    ),
    Held(
        table="notifications",
        whose=f"recipient = {own.PERSON}",
        contact="recipient",
        content="params text",
        technical="id key kind language zone subject message_id sending_since repeated sent_at failed created_at",
        fate=Fate.DELETE,
        # News for the operator's people names who it is about, beside our id of them. What waits its minute goes as
        # well: told only then, it would name somebody whom nothing names any more, and nobody would find it.
        touched=f"(recipient = {own.PERSON} OR (kind = 'owner_news' OR coalesce(sent_at::text, failed) IS NOT NULL)"
        f" AND ({own.about('recipient', 'params::text')} OR {mentions('key')} OR {own.queued('params::text')}))",
    ),
    Held(
        table="outgoing_events",
        whose=own.OWN,
        identity="customer_id",
        content="body facts",
        technical="id receiver_id kind payment_id refund_id subscription_id happened_at state attempts begun_at next_at"
        " answer done_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="dialogues",
        whose=f"person = {own.PERSON}",
        identity="person",
        content="answers",
        technical="id kind step message_id expires_at",
        fate=Fate.DELETE,
        touched=f"(person = {own.PERSON} OR {mentions('answers::text')})",
    ),
    Held(
        table="console_visits",
        whose=f"person = {own.PERSON}",
        identity="person",
        technical="link offered_at key entered_at seen_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="pick_deliveries",
        whose=own.OF_CHANNELS,
        contact="chat_id",
        content="message_id others",
        technical="id pick_id channel_id bot revision sending_since repeated failed created_at",
        fate=Fate.DELETE,
    ),
    *CASTS,
    Held(table="status_cards", whose=own.OF_ORDERS, content="message_id", technical="order_id", fate=Fate.DELETE),
    Held(
        table="vip_entries",
        whose=own.OWN,
        technical="customer_id vip_entry_stage vip_entry_token invite_link_sent_at created_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="channel_invites",
        whose=own.OWN,
        contact="url",
        technical="id channel_id customer_id creator status created_at expires_at revoked_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="telegram_channels",
        whose=own.OWN,
        identity="title",
        contact="invite_link channel_id",
        technical="id kind status resource_id customer_id plan_id subscription_id account_id access_hash marker"
        " create_started_at created_at ready_at delete_at adopted_at renamed_at looked_at replaces",
        fate=Fate.BLANK,
        blank={"title": f"'{own.ERASED_NAME}'", "invite_link": "NULL"},
        why="by its number, so that it is certainly deleted at Telegram too",
    ),
    Held(
        table="accesses",
        whose=own.OWN,
        content="reason",
        technical="id customer_id channel_id status ends_at joined_at next_invite_id created_at",
        fate=Fate.BLANK,
        blank={"reason": "NULL"},
        why=BESIDE_MONEY,
    ),
    Held(
        table="webhook_inbox",
        whose=own.WEBHOOKS,
        money="event body",
        technical="id provider event_key status note attempts received_at handled_at origin",
        fate=Fate.BLANK,
        touched=f"(status <> 'pending' AND {own.WEBHOOKS})",
        blank={
            "body": "''::bytea",
            "event": "event || jsonb_build_object('data', (event->'data')"
            " || jsonb_build_object('telegram_id', NULL, 'customer_ref', NULL, 'evidence', '{}'::jsonb))",
        },
        why="that an event was applied, so that its repetition is known for one",
    ),
    Held(
        table="link_uses",
        whose=own.OWN,
        content="source",
        technical="customer_id used_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="payment_accounts",
        whose=own.OWN,
        identity="external_customer_id",
        technical="customer_id provider created_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="activation_tokens",
        whose="used_by = CAST(:customer AS uuid)",
        content="note campaign",
        money="price_minor price_currency",
        technical="id token plan_id duration_days created_at expires_at batch opened opened_at used_at used_by"
        " subscription_id joined_at revoked_at sealed keyless prefix",
        others="created_by revoked_by order_id",
        fate=Fate.BLANK,
        touched=f"(used_by = CAST(:customer AS uuid) OR {mentions('note')})",
        blank={"note": "''"},
        why="that a code was used, so that nobody uses it again",
    ),
    Held(
        table="orders",
        whose=own.OWN,
        money="price_minor price_currency paid_at country",
        technical="id customer_id plan_id status recurring interval interval_count duration_days ends_at trial_days"
        " refund_policy dispute_policy created_at expires_at asked gift cause",
        why=LAW,
    ),
    Held(
        table="checkout_attempts",
        whose=own.OF_ORDERS,
        contact="url message_id",
        money="amount_minor amount_currency price_minor price_currency discount_minor discount_currency later_minor"
        " later_currency session_ref subscription_ref",
        technical="order_id number provider status promotion_id created_at expires_at",
        fate=Fate.BLANK,
        blank={"url": "NULL", "message_id": "NULL"},
        why=LAW,
    ),
    Held(
        table="promotion_claims",
        whose=own.OWN,
        technical="customer_id promotion_id claimed_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="promotion_reservations",
        whose=own.OWN,
        technical="order_id promotion_id customer_id once place reserved_at",
        why=LAW,
    ),
    Held(
        table="promotion_uses",
        whose=own.OWN,
        money="discount_minor discount_currency days used_at",
        technical="order_id promotion_id customer_id",
        why=LAW,
    ),
    Held(
        table="subscriptions",
        whose=own.OWN,
        content="cancel_reason",
        money="price_minor price_currency provider_ref price_ref next_price_minor next_price_currency owed_since",
        technical="id customer_id plan_id order_id status provider current_period_start current_period_end access_until"
        " cancel_at_period_end canceled_at ended_at end_reason synced_at next_check_at next_ask_at paused_for"
        " next_reminder_at next_plan_id next_plan_at pause_until interval interval_count canceled_from charge_moved_to"
        " withheld_since created_at",
        fate=Fate.BLANK,
        blank={"cancel_reason": "NULL"},
        why=LAW,
    ),
    Held(
        table="plan_changes",
        whose=own.OF_SUBSCRIPTIONS,
        money="old_price_minor old_price_currency new_price_minor new_price_currency",
        technical="id subscription_id from_plan_id to_plan_id changed_at",
        why=LAW,
    ),
    Held(
        table="kept_openings",
        whose=own.OF_SUBSCRIPTIONS,
        technical="subscription_id resource_id until",
        fate=Fate.DELETE,
    ),
    Held(
        table="ledger_entries",
        whose=own.OF_SUBSCRIPTIONS,
        content="note",
        technical="id subscription_id kind source_key starts_at length payment_id created_at",
        fate=Fate.BLANK,
        blank={"note": "''"},
        why=LAW,
    ),
    Held(
        table="payments",
        whose=own.OWN,
        money="provider payment_key amount_minor amount_currency excess_minor excess_currency status flag occurred_at",
        technical="id customer_id order_id subscription_id is_renewal recorded_at returning_since part",
        why=LAW,
    ),
    Held(
        table="refunds",
        whose=own.OF_PAYMENTS,
        money="provider refund_key amount_minor amount_currency status occurred_at",
        technical="id payment_id recorded_at",
        why=LAW,
    ),
    Held(
        table="disputes",
        whose=own.OF_PAYMENTS,
        money="provider dispute_key status opened_at closed_at",
        technical="id payment_id",
        why=LAW,
    ),
    Held(
        table="dispute_responses",
        whose=own.OF_PAYMENTS,
        identity="document record",
        money="due_at sent_at reason",
        technical="dispute_id payment_id status offered_at asked_by asked_at",
        fate=Fate.BLANK,
        blank={"document": "NULL", "record": "NULL"},
        why=LAW,
    ),
    Held(
        table="receipts",
        whose=own.OWN,
        identity="customer_ref",
        money="series year number plan_name provider amount_minor amount_currency tax_minor country issuer issued_at",
        technical="id kind source_id payment_id order_id customer_id corrects",
        fate=Fate.BLANK,
        blank={"customer_ref": "''"},
        why=LAW,
    ),
    Held(
        table="invoice_requests",
        whose=own.OWN,
        identity="tax_id name address",
        content="asked_at",
        technical="id receipt_id customer_id",
        fate=Fate.BLANK,
        blank={"tax_id": "''", "name": "''", "address": "''"},
        why=LAW,
    ),
    Held(
        table="partners",
        whose=own.OWN,
        identity="code",
        technical="id customer_id created_at ended_at",
        fate=Fate.BLANK,
        blank={
            "code": "'ERASED_' || upper(left(id::text, 8))",
            "ended_at": "coalesce(ended_at, CAST(:now AS timestamptz))",
        },
        why=LAW,
    ),
    Held(
        table="partner_terms",
        whose=own.OF_PARTNERS,
        money="basis_points sums counts months plans hold_days since",
        technical="partner_id number",
        why=LAW,
    ),
    Held(
        table="partner_entries",
        whose=own.OF_PARTNERS,
        money="kind amount_minor amount_currency held_until reference at",
        technical="id partner_id payment_id number",
        why=LAW,
    ),
    Held(
        table="withdrawals",
        whose=own.OWN,
        identity="name",
        content="contract_at declared_at plan_name",
        money="amount_minor amount_currency kept_minor kept_currency automatic refund_due",
        technical="id order_id customer_id",
        others="asked_by",
        fate=Fate.BLANK,
        blank={"name": "''"},
        why=LAW,
    ),
    Held(
        table="declarations",
        whose=own.OWN,
        content="kind begins acknowledges words language version declared_at",
        technical="id order_id customer_id",
        why=LAW,
    ),
    Held(
        table="consents",
        whose=own.OWN,
        content="version language accepted_at",
        technical="customer_id",
        why=LAW,
    ),
    Held(
        table="swept",
        whose=own.OWN,
        content="reason",
        technical="sweep_id subscription_id customer_id state ended_on",
        why=BESIDE_MONEY,
    ),
    Held(
        table="audit_log",
        whose=own.AUDIT,
        content="subject why facts",
        technical="id action at",
        others="actor",
        fate=Fate.BLANK,
        touched=own.AUDIT_WORDS,
        blank={"actor": "''", "subject": "''", "why": "''", "facts": "'{}'::jsonb"},
        why="that something was done, and when; not by or to whom, nor in which words",
    ),
    Held(
        table="alarms",
        whose=_ABOUT_ONE,
        content="key facts",
        technical="id kind raised_at closed_at",
        others="closed_by",
        fate=Fate.BLANK,
        touched=f"({_ABOUT_ONE} OR closed_at IS NOT NULL AND {may_mention('facts::text')})",
        blank={
            "facts": "'{}'::jsonb",
            "key": f"CASE WHEN {mentions('key')} THEN 'erased:' || id ELSE key END",
            "closed_at": "coalesce(closed_at, CAST(:now AS timestamptz))",
        },
        why="that there was one, and of which kind",
    ),
    *JOBS,
    Held(
        table="leases",
        whose=mentions("name"),
        technical="name owner until",
        fate=Fate.DELETE,
        touched=f"({mentions('name')} AND until < now())",
    ),
    Held(
        table="customers",
        whose="id = CAST(:customer AS uuid)",
        identity="telegram_id first_name username",
        content="language chosen_language zone source referrer_id referral_payment_id country partner_id",
        technical="id staff_role terms_version terms_accepted_at blocked_at barred_at quiet_at created_at",
        fate=Fate.BLANK,
        blank={
            "telegram_id": "CAST(:stand_in AS bigint)",
            "first_name": f"'{own.ERASED_NAME}'",
            **dict.fromkeys(("username", "zone", "source", "referrer_id", "referral_payment_id", "country"), "NULL"),
            "blocked_at": "CAST(:now AS timestamptz)",
        },
        why="under a number of ours, to which the documents above belong; with the consent that was given, and when",
    ),
)
"""In the order of the erasure: what is found by way of another table comes before it."""
