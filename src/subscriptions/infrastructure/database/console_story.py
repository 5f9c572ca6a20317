"""Chronological history of one customer, read in one statement from every table with data about the customer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.ports.repositories.views import Row
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.list_parts import FACTS_NAMED, STAFF_BY

_PLAN: Final = "concat_ws(' ', nullif(service_plans.emoji, ''), service_plans.name)"
_REFERENCE: Final = "upper(left(replace({}::text, '-', ''), 8))"
_OWN: Final = "customer_id = CAST(:customer AS uuid)"
_MINE: Final = "audit_log.subject IN (SELECT id::text FROM accesses WHERE customer_id = CAST(:customer AS uuid))"
_PLANS: Final = "JOIN service_plans ON service_plans.id = "

_PARTS: Final = (
    "SELECT created_at AS at, 'access' AS area, 'arrived' AS kind, jsonb_build_object('source', source) AS facts"
    " FROM customers WHERE id = CAST(:customer AS uuid)",
    f"SELECT accepted_at, 'access', 'terms', jsonb_build_object('version', version) FROM consents WHERE {_OWN}",
    f"SELECT declared_at, 'money', 'declared', jsonb_build_object('reference', {_REFERENCE.format('order_id')})"
    f" FROM declarations WHERE begins AND acknowledges AND {_OWN}",
    "SELECT orders.created_at, 'money', CASE WHEN orders.gift THEN 'gift' ELSE 'order' END, jsonb_build_object('plan',"
    f" {_PLAN}, 'minor', orders.price_minor,"
    f" 'currency', orders.price_currency, 'reference', {_REFERENCE.format('orders.id')}, 'status', orders.status)"
    f" FROM orders {_PLANS} orders.plan_id WHERE {_OWN}",
    "SELECT occurred_at, 'money', CASE WHEN status = 'flagged' THEN 'flagged' WHEN is_renewal THEN 'renewed' ELSE"
    " 'paid' END, jsonb_build_object('minor', amount_minor, 'currency', amount_currency, 'provider', provider,"
    f" 'reference', {_REFERENCE.format('order_id')}, 'flag', flag, 'payment', id) FROM payments WHERE {_OWN}",
    "SELECT refunds.occurred_at, 'money', 'refund_' || refunds.status, jsonb_build_object('minor',"
    " refunds.amount_minor, 'currency', refunds.amount_currency, 'provider', refunds.provider)"
    f" FROM refunds JOIN payments ON payments.id = refunds.payment_id WHERE payments.{_OWN}",
    "SELECT disputes.opened_at, 'money', 'dispute_opened', jsonb_build_object('provider', disputes.provider)"
    f" FROM disputes JOIN payments ON payments.id = disputes.payment_id WHERE payments.{_OWN}",
    "SELECT disputes.closed_at, 'money', 'dispute_' || disputes.status, jsonb_build_object('provider',"
    f" disputes.provider) FROM disputes JOIN payments ON payments.id = disputes.payment_id WHERE payments.{_OWN}",
    "SELECT issued_at, 'money', 'receipt', jsonb_build_object('number', series || year || '-' || lpad(number::text,"
    " greatest(5, length(number::text)), '0'), 'minor', amount_minor, 'currency', amount_currency)"
    f" FROM receipts WHERE {_OWN}",
    "SELECT ledger_entries.created_at, 'access', 'time_' || CASE WHEN ledger_entries.kind = 'change' AND"
    " ledger_entries.length = interval '0' THEN 'credited' ELSE ledger_entries.kind END, jsonb_build_object('plan',"
    f" {_PLAN}, 'days', round(extract(epoch FROM ledger_entries.length) / 86400)::int, 'note', ledger_entries.note)"
    " FROM ledger_entries JOIN subscriptions ON subscriptions.id = ledger_entries.subscription_id"
    # Plan at the time of the entry: the first later plan change has that plan as its old plan.
    " LEFT JOIN LATERAL (SELECT from_plan_id FROM plan_changes WHERE plan_changes.subscription_id = subscriptions.id"
    " AND changed_at > ledger_entries.created_at ORDER BY changed_at LIMIT 1) AS later ON true"
    f" {_PLANS} coalesce(ledger_entries.plan_id, later.from_plan_id, subscriptions.plan_id)"
    f" WHERE subscriptions.{_OWN} AND ledger_entries.changed_from IS NULL",
    f"SELECT canceled_at, 'access', 'canceled', jsonb_build_object('plan', {_PLAN}, 'reason', cancel_reason)"
    f" FROM subscriptions {_PLANS} subscriptions.plan_id WHERE {_OWN}",
    # A subscription that was replaced by another payment method did not end for the customer.
    "SELECT ended_at, 'access', CASE WHEN end_reason = 'replaced' THEN 'replaced' ELSE 'ended' END,"
    f" jsonb_build_object('plan', {_PLAN}, 'reason', end_reason)"
    f" FROM subscriptions {_PLANS} subscriptions.plan_id WHERE {_OWN}",
    "SELECT declared_at, 'money', 'withdrawn', jsonb_build_object('plan', plan_name, 'minor', amount_minor, 'currency',"
    f" amount_currency, 'reference', {_REFERENCE.format('order_id')}) FROM withdrawals WHERE {_OWN}",
    f"SELECT changed_at, 'access', 'plan_changed', jsonb_build_object('plan', {_PLAN}) FROM plan_changes JOIN"
    f" subscriptions ON subscriptions.id = plan_changes.subscription_id {_PLANS} to_plan_id WHERE {_OWN}",
    f"SELECT ready_at, 'access', 'channel_ready', jsonb_build_object('title', title) FROM telegram_channels"
    f" WHERE {_OWN}",
    f"SELECT created_at, 'access', 'invited', jsonb_build_object('status', status) FROM channel_invites WHERE {_OWN}",
    "SELECT accesses.joined_at, 'access', 'joined', jsonb_build_object('title', title) FROM accesses JOIN"
    f" telegram_channels ON telegram_channels.id = accesses.channel_id WHERE accesses.{_OWN}",
    "SELECT audit_log.at, 'access', split_part(audit_log.action, '.', 2), jsonb_build_object('title', title) FROM"
    " audit_log JOIN accesses ON accesses.id::text = audit_log.subject JOIN telegram_channels ON telegram_channels.id ="
    f" accesses.channel_id WHERE audit_log.action IN ('access.left', 'access.banned', 'access.pardoned') AND {_MINE}",
    "SELECT used_at, 'access', CASE WHEN order_id IS NULL THEN 'code_used' ELSE 'gift_used' END, jsonb_build_object("
    f"'plan', {_PLAN}, 'campaign', campaign, 'days', activation_tokens.duration_days) FROM activation_tokens {_PLANS}"
    " plan_id WHERE used_by = CAST(:customer AS uuid)",
    f"SELECT used_at, 'access', 'gift_opened', jsonb_build_object('plan', {_PLAN}, 'reference',"
    f" {_REFERENCE.format('orders.id')}) FROM activation_tokens JOIN orders ON orders.id = order_id {_PLANS}"
    f" orders.plan_id WHERE orders.{_OWN}",
    "SELECT coalesce(sent_at, created_at), 'messages', CASE WHEN failed IS NOT NULL THEN 'untold' WHEN sent_at IS NULL"
    " THEN 'owed' ELSE 'told' END, jsonb_build_object('message', kind, 'failed', failed) FROM notifications"
    " WHERE recipient = :person",
    "SELECT at, 'staff', 'did', jsonb_build_object('action', action, 'why', why, 'actor', coalesce("
    "nullif('@' || staff.username, '@'), nullif(staff.first_name, ''), actor), 'facts',"
    f" {FACTS_NAMED.format('facts')}) FROM audit_log LEFT JOIN customers AS staff ON {STAFF_BY.format('actor')}"
    " WHERE subject = CAST(:customer AS text)",
)
_STORY: Final = text(
    f"SELECT * FROM ({' UNION ALL '.join(_PARTS)}) AS story WHERE at IS NOT NULL AND at < :before"
    " AND area = ANY(CAST(:areas AS text[])) ORDER BY at DESC, area, kind LIMIT :limit"
)
_PERSON: Final = text("SELECT telegram_id FROM customers WHERE id = CAST(:customer AS uuid)")


class SqlStories:
    """Histories of customers in PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def story(self, customer_id: UUID, end: datetime, areas: Collection[str], limit: int) -> Sequence[Row]:
        """Implements `Stories.story`."""
        parameters = {"customer": str(customer_id)}
        with translate_errors():
            async with self._engine.connect() as connection:
                person = (await connection.execute(_PERSON, parameters)).scalar_one_or_none()
                all_parameters = {
                    **parameters,
                    "person": person or 0,
                    "before": end,
                    "areas": sorted(areas),
                    "limit": limit,
                }
                return [dict(row) for row in (await connection.execute(_STORY, all_parameters)).mappings()]
