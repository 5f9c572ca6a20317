"""Make the database refuse writes by which a compromised process could forge provider responses, owners, sessions,
codes that grant more than their plan, broadcasts, or webhook events for the operator's programs.

A requested refund must be accepted by its provider or have a job; otherwise it stops counting after an hour.

`umbral migrate` replaces the function `umbral_may_write` according to `grants`; the tables' owner may write everything.
An upsert that updates a row counts as an update of the whole row.
"""

from alembic import op

revision = "160_guard_logins"
down_revision = "151_keep_bans"

_ORIGIN = (
    "CASE WHEN starts_with(NEW.event_key, 'by_hand:') THEN 'by_hand.' || (NEW.event #>> '{data,kind}')"
    " WHEN NEW.origin = 'asked' OR split_part(NEW.event_key, ':', 1) IN ('poll', 'fetched', 'listed')"
    " THEN 'asked.' || split_part(NEW.event_key, ':', 1) ELSE NEW.origin END"
)
_GUARDS = (
    ("inbox_guard", "INSERT", "webhook_inbox", "inbox", _ORIGIN),
    (
        "broadcast_guard",
        "INSERT OR UPDATE",
        "broadcasts",
        "broadcasts",
        "CASE WHEN starts_with(NEW.key, 'mirror:') THEN 'mirror.' ELSE '' END || NEW.status",
    ),
    ("event_guard", "INSERT", "outgoing_events", "events", "NEW.kind"),
    (
        "visit_guard",
        "INSERT OR UPDATE",
        "console_visits",
        "visits",
        "CASE WHEN NEW.key IS NULL AND NEW.entered_at IS NULL THEN 'offered' ELSE 'begun' END",
    ),
)
_ANYTHING = "umbral_may_write('anything', '')"
_PLAN_DAYS = (
    "coalesce(p.duration_days, p.interval_count * CASE p.interval WHEN 'day' THEN 1 WHEN 'week' THEN 7"
    " WHEN 'year' THEN 365 ELSE 30 END)"
)
_FORGOTTEN = "#- '{data,telegram_id}' #- '{data,customer_ref}' #- '{data,evidence}'"
_KEPT_OF_CODE = ("id", "plan_id", "price_minor", "price_currency", "duration_days", "created_at", "order_id")
_USE_OF_CODE = ("used_at", "used_by", "subscription_id")


def _row(alias: str, columns: tuple[str, ...]) -> str:
    return f"({', '.join(f'{alias}.{each}' for each in columns)})"


_FUNCTIONS = {
    # Received events keep origin, key and content; erasure removes only personal data.
    "keep_inbox_event": (
        f"NEW.event IS DISTINCT FROM OLD.event AND (NEW.event {_FORGOTTEN} IS DISTINCT FROM OLD.event {_FORGOTTEN}"
        " OR coalesce(NEW.event #>> '{data,telegram_id}', NEW.event #>> '{data,customer_ref}') IS NOT NULL"
        " OR coalesce(NEW.event #> '{data,evidence}', '{}') <> '{}')"
        " OR NEW.body IS DISTINCT FROM OLD.body AND octet_length(NEW.body) > 0"
        " OR (NEW.id, NEW.provider, NEW.event_key, NEW.origin, NEW.received_at)"
        " IS DISTINCT FROM (OLD.id, OLD.provider, OLD.event_key, OLD.origin, OLD.received_at)"
    ),
    # A new code is unused, and grants at most its plan or its gift's order.
    "guard_new_code": (
        "NOT EXISTS (SELECT FROM public.activation_tokens t WHERE t.id = NEW.id)"
        " AND (NEW.used_at IS NOT NULL OR NEW.used_by IS NOT NULL OR NEW.joined_at IS NOT NULL"
        " OR NEW.order_id IS NULL AND (NEW.expires_at > NEW.created_at + interval '732 days'"
        " OR NOT EXISTS (SELECT FROM public.service_plans p WHERE p.id = NEW.plan_id AND @days >= NEW.duration_days)))"
    ),
    "guard_gift_code": (
        "NOT EXISTS (SELECT FROM public.activation_tokens t WHERE t.id = NEW.id)"
        " AND NOT EXISTS (SELECT FROM public.orders o JOIN public.service_plans p ON p.id = o.plan_id"
        " WHERE o.id = NEW.order_id AND o.plan_id = NEW.plan_id AND o.gift"
        " AND coalesce(o.duration_days, @days) >= NEW.duration_days)"
    ),
    "keep_code": (
        f"{_row('NEW', _KEPT_OF_CODE)} IS DISTINCT FROM {_row('OLD', _KEPT_OF_CODE)}"
        " OR NEW.expires_at > OLD.expires_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL"
        f" OR OLD.used_at IS NOT NULL AND {_row('NEW', _USE_OF_CODE)} IS DISTINCT FROM {_row('OLD', _USE_OF_CODE)}"
    ),
    # Only the owners that the bot process read from its settings may be added.
    "guard_owner": (
        "NOT EXISTS (SELECT FROM public.customers c WHERE c.id = NEW.id AND c.telegram_id = NEW.telegram_id"
        " AND c.staff_role = 'owner') AND NOT (public.umbral_may_write('owners', '') AND EXISTS (SELECT FROM"
        " public.variables v WHERE v.name = 'owner_telegram_ids'"
        " AND NEW.telegram_id::text = ANY (string_to_array(v.value, ','))))"
    ),
}
_TRIGGERS = (
    ("inbox_kept", "UPDATE", "webhook_inbox", "keep_inbox_event", f"NOT {_ANYTHING}"),
    ("code_guard", "INSERT", "activation_tokens", "guard_new_code", f"NOT {_ANYTHING}"),
    (
        "gift_guard",
        "INSERT",
        "activation_tokens",
        "guard_gift_code",
        f"NEW.order_id IS NOT NULL AND NOT {_ANYTHING}",
    ),
    ("code_kept", "UPDATE", "activation_tokens", "keep_code", f"NOT {_ANYTHING}"),
    (
        "owner_guard",
        "INSERT OR UPDATE OF staff_role, telegram_id",
        "customers",
        "guard_owner",
        f"NEW.staff_role = 'owner' AND NOT {_ANYTHING}",
    ),
    (
        "owners_guard",
        "INSERT OR UPDATE",
        "variables",
        "umbral_refuse",
        "NEW.name = 'owner_telegram_ids' AND NOT umbral_may_write('owners', '')",
    ),
    (
        "body_guard",
        "INSERT OR UPDATE OF kind, facts, body",
        "outgoing_events",
        "umbral_refuse",
        "(NEW.body IS NOT NULL OR NEW.kind = 'customer.joined' AND NEW.facts <> '{}')"
        " AND NOT umbral_may_write('bodies', '')",
    ),
)
_BEFORE = ("inbox_guard", "INSERT", "webhook_inbox", "inbox", "NEW.origin")


def upgrade() -> None:
    op.execute("DROP TRIGGER inbox_guard ON webhook_inbox")
    for name, condition in _FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN"
            f" IF {condition.replace('@days', _PLAN_DAYS)} THEN"
            " RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',"
            " MESSAGE = format('%s may not write this into %I', current_user, TG_TABLE_NAME); END IF;"
            " RETURN NEW; END $$"
        )
    # Refunds requested before this migration have no record of the provider's acceptance.
    op.execute(
        "INSERT INTO audit_log (actor, action, subject, why, at, facts) SELECT 'system', 'payment.refund_asked',"
        " subject, 'before this was recorded', at, jsonb_build_object('operation', facts -> 'operation')"
        " FROM audit_log WHERE action = 'payment.refund' AND facts ? 'operation'"
    )
    for guard in _GUARDS:
        op.execute(_guard(*guard))
    for name, when, table, function, condition in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for name, _, table, *_ in (*_GUARDS, *_TRIGGERS):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute(_guard(*_BEFORE))


def _guard(name: str, when: str, table: str, what: str, written: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW"
        f" WHEN (NOT umbral_may_write('{what}', {written})) EXECUTE FUNCTION umbral_refuse()"
    )
