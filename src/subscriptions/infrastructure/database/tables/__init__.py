"""All tables, one module per area; `migrations/` makes them, and a test holds that both say the same."""

from subscriptions.infrastructure.database.tables.accounts import account_bots, bots, userbot_accounts
from subscriptions.infrastructure.database.tables.base import metadata
from subscriptions.infrastructure.database.tables.channels import accesses, channel_invites, telegram_channels
from subscriptions.infrastructure.database.tables.customers import customers, payment_accounts
from subscriptions.infrastructure.database.tables.inbox import bot_updates, webhook_inbox
from subscriptions.infrastructure.database.tables.messages import notifications, pick_deliveries, picks
from subscriptions.infrastructure.database.tables.methods import payment_methods
from subscriptions.infrastructure.database.tables.operations import audit_log, due_jobs, leases, variables
from subscriptions.infrastructure.database.tables.orders import checkout_attempts, orders, status_cards
from subscriptions.infrastructure.database.tables.panel import alarms, dialogues
from subscriptions.infrastructure.database.tables.plans import plan_payment_prices, service_plans
from subscriptions.infrastructure.database.tables.receipts import receipt_series, receipts
from subscriptions.infrastructure.database.tables.reversals import disputes, refunds
from subscriptions.infrastructure.database.tables.subscriptions import (
    ledger_entries,
    payments,
    plan_changes,
    subscriptions,
)
from subscriptions.infrastructure.database.tables.sweeps import sweep_decisions, sweeps, swept
from subscriptions.infrastructure.database.tables.vip import activation_tokens, vip_entries

__all__ = [
    "accesses",
    "account_bots",
    "activation_tokens",
    "alarms",
    "audit_log",
    "bot_updates",
    "bots",
    "channel_invites",
    "checkout_attempts",
    "customers",
    "dialogues",
    "disputes",
    "due_jobs",
    "leases",
    "ledger_entries",
    "metadata",
    "notifications",
    "orders",
    "payment_accounts",
    "payment_methods",
    "payments",
    "pick_deliveries",
    "picks",
    "plan_changes",
    "plan_payment_prices",
    "receipt_series",
    "receipts",
    "refunds",
    "service_plans",
    "status_cards",
    "subscriptions",
    "sweep_decisions",
    "sweeps",
    "swept",
    "telegram_channels",
    "userbot_accounts",
    "variables",
    "vip_entries",
    "webhook_inbox",
]
