"""All tables, one module per area. `migrations/` creates the tables, and a test checks that both agree."""

from subscriptions.application.dto.rooms import modules_of_features
from subscriptions.infrastructure.database.tables.access import accesses, ledger_entries
from subscriptions.infrastructure.database.tables.accounts import account_bots, bots, userbot_accounts
from subscriptions.infrastructure.database.tables.base import metadata
from subscriptions.infrastructure.database.tables.catalog import payment_methods, plan_payment_prices, service_plans
from subscriptions.infrastructure.database.tables.channels import (
    bans_to_lift,
    channel_invites,
    chat_guests,
    plan_topics,
    second_owners,
    telegram_channels,
)
from subscriptions.infrastructure.database.tables.checkout import checkout_attempts, orders, status_cards
from subscriptions.infrastructure.database.tables.discount_codes import (
    discount_claims,
    discount_codes,
    discount_reservations,
    discount_uses,
)
from subscriptions.infrastructure.database.tables.expiry import sweep_decisions, sweep_rows, sweeps
from subscriptions.infrastructure.database.tables.features import process_features
from subscriptions.infrastructure.database.tables.inbox import bot_updates, webhook_inbox
from subscriptions.infrastructure.database.tables.jobs import (
    additions,
    deletions,
    due_jobs,
    kept_figures,
    leases,
    scheduled_runs,
    tallies,
)
from subscriptions.infrastructure.database.tables.messages import notifications
from subscriptions.infrastructure.database.tables.payments import (
    disputes,
    payments,
    receipt_series,
    receipts,
    refund_requests,
    refunds,
)
from subscriptions.infrastructure.database.tables.people import (
    alarms,
    api_keys,
    audit_log,
    consents,
    console_visits,
    customers,
    dialogues,
    link_uses,
    own_roles,
    payment_accounts,
    second_factors,
    staff_invitations,
    staff_operations,
    takeovers,
    trial_marks,
    variables,
)
from subscriptions.infrastructure.database.tables.posts import post_deliveries, posts
from subscriptions.infrastructure.database.tables.resources import (
    kept_openings,
    plan_resources,
    resource_contents,
    resources,
    seen_chats,
)
from subscriptions.infrastructure.database.tables.settings import custom_settings, payment_keys, sealed_settings, setup
from subscriptions.infrastructure.database.tables.site_pictures import site_pictures
from subscriptions.infrastructure.database.tables.subscriptions import (
    holds,
    plan_changes,
    provider_reports,
    subscriptions,
)
from subscriptions.infrastructure.database.tables.texts import custom_texts
from subscriptions.infrastructure.database.tables.uploads import uploads
from subscriptions.infrastructure.database.tables.vip import activation_tokens, ritual_entries, vip_entries
from subscriptions.infrastructure.database.tables.withdrawals import declarations, withdrawals

__all__ = [
    "accesses",
    "account_bots",
    "activation_tokens",
    "additions",
    "alarms",
    "api_keys",
    "audit_log",
    "bans_to_lift",
    "bot_updates",
    "bots",
    "channel_invites",
    "chat_guests",
    "checkout_attempts",
    "consents",
    "console_visits",
    "custom_settings",
    "custom_texts",
    "customers",
    "declarations",
    "deletions",
    "dialogues",
    "discount_claims",
    "discount_codes",
    "discount_reservations",
    "discount_uses",
    "disputes",
    "due_jobs",
    "holds",
    "kept_figures",
    "kept_openings",
    "leases",
    "ledger_entries",
    "link_uses",
    "metadata",
    "notifications",
    "orders",
    "own_roles",
    "payment_accounts",
    "payment_keys",
    "payment_methods",
    "payments",
    "plan_changes",
    "plan_payment_prices",
    "plan_resources",
    "plan_topics",
    "post_deliveries",
    "posts",
    "process_features",
    "provider_reports",
    "receipt_series",
    "receipts",
    "refund_requests",
    "refunds",
    "resource_contents",
    "resources",
    "ritual_entries",
    "scheduled_runs",
    "sealed_settings",
    "second_factors",
    "second_owners",
    "seen_chats",
    "service_plans",
    "setup",
    "site_pictures",
    "staff_invitations",
    "staff_operations",
    "status_cards",
    "subscriptions",
    "sweep_decisions",
    "sweep_rows",
    "sweeps",
    "takeovers",
    "tallies",
    "telegram_channels",
    "trial_marks",
    "uploads",
    "userbot_accounts",
    "variables",
    "vip_entries",
    "webhook_inbox",
    "withdrawals",
]

modules_of_features("tables")
