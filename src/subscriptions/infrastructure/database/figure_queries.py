"""Definitions of the metrics that are read from tables, with one query each."""

from dataclasses import dataclass
from typing import Final

from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE


@dataclass(frozen=True)
class Figure:
    """Definition of a metric.

    help: description
    labels: names of the labels; each label has few values
    query: SQL that returns the label values followed by the metric's value; `:now` is business time. Empty for counters
        kept by processes
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    query: str = ""

    @property
    def counts(self) -> bool:
        """True if the metric is a counter."""
        return self.name.endswith("_total")


_JOB: Final = "regexp_replace(entrypoint, '[.][0-9]+$', '')"
"""SQL of the job name without the account's number, so that metrics do not get a label for each account."""
_NOW: Final = "CAST(:now AS timestamptz)"
_NOT_INSIDE: Final = "accesses.status IN ('action_required', 'failed', 'invited', 'pending')"

# Each channel was bought once, so access is joined to orders by primary keys and the constraints `one_channel_per_…`.
_SALES: Final = (
    "JOIN telegram_channels ON telegram_channels.id = accesses.channel_id"
    " JOIN subscriptions ON subscriptions.id = telegram_channels.subscription_id"
    " JOIN orders ON orders.id = subscriptions.order_id"
)

QUERIES: Final = (
    Figure(
        "umbral_paid_outside",
        "People who may enter and are not inside: pending waits for us, invited for them, action_required for something"
        " they must do at Telegram, failed for a person.",
        ("status",),
        f"SELECT status, count(*) FROM accesses WHERE {_NOT_INSIDE} GROUP BY status",
    ),
    Figure(
        "umbral_paid_outside_oldest_seconds",
        "How long the one who paid first among them has waited, of those with a channel of their own.",
        ("status",),
        f"SELECT accesses.status, extract(epoch FROM {_NOW} - min(greatest(accesses.created_at, orders.paid_at)))"
        f" FROM accesses {_SALES} WHERE {_NOT_INSIDE} AND orders.paid_at IS NOT NULL GROUP BY 1",
    ),
    Figure(
        "umbral_paid_to_inside_seconds",
        "From the payment until they were inside, of who entered a channel of their own in the last day; it holds the"
        " time until they pressed.",
        ("quantile",),
        "SELECT quantile, percentile_cont(quantile) WITHIN GROUP (ORDER BY extract(epoch FROM joined_at - paid_at))"
        f" FROM accesses {_SALES} CROSS JOIN (VALUES (0.5), (0.95)) AS wanted(quantile)"
        f" WHERE joined_at > {_NOW} - interval '1 day' AND joined_at >= paid_at"
        " AND paid_at > joined_at - interval '1 day' GROUP BY 1",
    ),
    Figure(
        "umbral_webhooks_pending",
        "Events of providers that are stored and not applied.",
        ("provider",),
        "SELECT provider, count(*) FROM webhook_inbox WHERE status = 'pending' GROUP BY 1",
    ),
    Figure(
        "umbral_webhooks_pending_oldest_seconds",
        "How long the oldest of them has waited.",
        ("provider",),
        f"SELECT provider, extract(epoch FROM {_NOW} - min(received_at))"
        " FROM webhook_inbox WHERE status = 'pending' GROUP BY 1",
    ),
    Figure(
        "umbral_webhooks_parked",
        "Events of providers that nobody could apply: a person has to look.",
        ("provider",),
        "SELECT provider, count(*) FROM webhook_inbox WHERE status = 'parked' GROUP BY 1",
    ),
    Figure(
        "umbral_webhooks_last_timestamp_seconds",
        "When the newest event of a provider came by itself, in business time.",
        ("provider",),
        "WITH RECURSIVE of AS (SELECT min(provider) AS provider FROM webhook_inbox UNION ALL"
        " SELECT (SELECT min(provider) FROM webhook_inbox WHERE provider > of.provider) FROM of"
        " WHERE of.provider IS NOT NULL)"
        " SELECT provider, (SELECT extract(epoch FROM max(received_at)) FROM webhook_inbox heard"
        " WHERE heard.provider = of.provider AND origin = 'told') FROM of WHERE provider IS NOT NULL",
    ),
    Figure(
        "umbral_jobs",
        "Jobs that wait (queued), run (picked), or are kept for a person (failed).",
        ("job", "status"),
        f"SELECT {_JOB}, status::text, count(*) FROM pgqueuer GROUP BY 1, 2",
    ),
    Figure(
        "umbral_jobs_oldest_seconds",
        "How long the oldest job of a kind has been due and not done.",
        ("job",),
        f"SELECT {_JOB}, extract(epoch FROM max(now() - greatest(created, execute_after, updated)))"
        " FROM pgqueuer WHERE status = 'queued' AND execute_after <= now() GROUP BY 1",
    ),
    Figure(
        "umbral_due_oldest_seconds",
        "How long ago the first of the work that goes by the clock was due; 0 where nothing is late.",
        (),
        f"SELECT greatest(0, extract(epoch FROM {_NOW} - min(due_at))) FROM due_jobs",
    ),
    Figure(
        "umbral_updates_waiting",
        "Updates of Telegram that nobody has worked on yet: people wait for an answer.",
        (),
        "SELECT count(*) FROM bot_updates WHERE done_at IS NULL",
    ),
    Figure(
        "umbral_updates_oldest_seconds",
        "How long the oldest of them has waited.",
        (),
        f"SELECT coalesce(extract(epoch FROM {_NOW} - min(received_at)), 0) FROM bot_updates WHERE done_at IS NULL",
    ),
    Figure(
        "umbral_messages_waiting",
        "Messages that customers and owners are owed and have not got.",
        (),
        "SELECT count(*) FROM notifications WHERE sent_at IS NULL AND failed IS NULL",
    ),
    Figure(
        "umbral_messages_oldest_seconds",
        "How long the oldest of them has been owed.",
        (),
        f"SELECT coalesce(extract(epoch FROM {_NOW} - min(created_at)), 0)"
        " FROM notifications WHERE sent_at IS NULL AND failed IS NULL",
    ),
    Figure(
        "umbral_messages_repeated",
        "Messages that may have been told twice, by a lost answer or a crash before it was written down.",
        ("kind",),
        "SELECT kind, sum(repeated) FROM notifications WHERE repeated > 0 GROUP BY 1",
    ),
    Figure(
        "umbral_picks_waiting",
        "Copies of posts that never got out to their channel.",
        (),
        "SELECT count(*) FROM pick_deliveries WHERE revision = 0",
    ),
    Figure(
        "umbral_picks_repeated",
        "Copies of posts that may stand in a channel twice, by a lost answer or a crash before it was written down.",
        ("bot",),
        "SELECT coalesce(bot, ''), sum(repeated) FROM pick_deliveries WHERE repeated > 0 GROUP BY 1",
    ),
    Figure(
        "umbral_alarms_open",
        "Alarms that wait for an owner.",
        ("kind",),
        "SELECT kind, count(*) FROM alarms WHERE closed_at IS NULL GROUP BY 1",
    ),
    Figure(
        "umbral_accounts",
        "Telegram accounts that own channels, by state.",
        ("status",),
        "SELECT status, count(*) FROM userbot_accounts GROUP BY 1",
    ),
    Figure(
        "umbral_accounts_room_channels",
        "How many more channels the active accounts may make in all.",
        (),
        "SELECT coalesce(sum(greatest(channel_cap - channels_used, 0)), 0) FROM userbot_accounts"
        " WHERE status = 'active'",
    ),
    Figure(
        "umbral_channel_stock",
        "Channels made ahead of demand, or being made.",
        ("status",),
        "SELECT status, count(*) FROM telegram_channels"
        " WHERE kind = 'personal' AND customer_id IS NULL AND status <> 'deleted' GROUP BY 1",
    ),
    Figure(
        "umbral_subscriptions",
        "Live subscriptions, by state.",
        ("status",),
        f"SELECT status, count(*) FROM subscriptions WHERE {IS_LIVE} GROUP BY 1",
    ),
    Figure(
        "umbral_orders_open",
        "Orders that may still be paid.",
        (),
        "SELECT count(*) FROM orders WHERE status = 'open'",
    ),
    Figure(
        "umbral_sweeps",
        "Removals of many at once, by state: asking waits for an owner.",
        ("status",),
        "SELECT status, count(*) FROM sweeps GROUP BY 1",
    ),
    Figure(
        "umbral_strangers",
        "Requests of strangers declined, and strangers put out.",
        ("action",),
        "SELECT action, count(*) FROM audit_log"
        " WHERE action IN ('join_request.declined', 'stranger.removed') GROUP BY 1",
    ),
    Figure(
        "umbral_backup_timestamp_seconds",
        "The moment that the newest backup is a copy of; not there where none was made.",
        (),
        "SELECT extract(epoch FROM value::timestamptz) FROM variables WHERE name = 'backup_made'",
    ),
    Figure(
        "umbral_backup_proved_timestamp_seconds",
        "When a backup was brought back elsewhere last, and was good.",
        (),
        "SELECT extract(epoch FROM split_part(value, E'\\t', 1)::timestamptz) FROM variables"
        " WHERE name = 'backup_verified' AND split_part(value, E'\\t', 3) = ''",
    ),
)
