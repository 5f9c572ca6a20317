"""Migration steps that change tables in use without blocking other statements.

A revision newer than `BLOCKING_UP_TO` may change a table of `LARGE` only with these steps, or with statements that hold
their lock only for an instant; `tests/architecture/test_online_migrations.py` lists the refused forms. A revision that
uses these steps must have no others: each step commits separately, so earlier steps could not be rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from alembic import op
from sqlalchemy import text

BLOCKING_UP_TO: Final = 170
"""Number of the last revision that was written before the rules of this module and need not follow them."""

LARGE: Final = frozenset(
    {
        "accesses",
        "activation_tokens",
        "audit_log",
        "bot_updates",
        "broadcast_deliveries",
        "channel_invites",
        "checkout_attempts",
        "consents",
        "customers",
        "declarations",
        "disputes",
        "due_jobs",
        "holds",
        "invoice_records",
        "invoice_requests",
        "kept_openings",
        "ledger_entries",
        "link_uses",
        "notifications",
        "orders",
        "outgoing_events",
        "payment_accounts",
        "payments",
        "pgqueuer",
        "pick_deliveries",
        "picks",
        "plan_changes",
        "promotion_claims",
        "promotion_reservations",
        "promotion_uses",
        "provider_reports",
        "receipts",
        "record_entries",
        "refund_requests",
        "refunds",
        "ritual_entries",
        "status_cards",
        "subscriptions",
        "telegram_channels",
        "vip_entries",
        "webhook_inbox",
    }
)
"""Tables whose size grows with the number of customers, payments or messages."""

LOCK_TIMEOUT: Final = "500ms"
"""Maximum time for which a migration's statement waits for a lock. Meanwhile, other statements on the table wait behind
it.
"""

BATCH: Final = 5_000
"""Number of rows that `backfill` updates in one transaction."""

_INVALID: Final = text("SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid)")


def create_index(name: str, on: str, *, unique: bool = False) -> None:
    """Build an index while other statements write to its table. `on`: text after ON in CREATE INDEX, such as `orders
    (paid_at) WHERE paid_at > x`.

    A complete index of that name is kept. An invalid index left by an interrupted build is dropped and rebuilt.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with _outside_transactions() as concurrently:
        if _is_invalid(name):
            op.execute(f"DROP INDEX{concurrently} {name}")
        op.execute(f"CREATE {kind}{concurrently} IF NOT EXISTS {name} ON {on}")


def drop_index(name: str) -> None:
    """Drop an index without blocking the statements that use its table. A missing index is not an error."""
    with _outside_transactions() as concurrently:
        op.execute(f"DROP INDEX{concurrently} IF EXISTS {name}")


def validate_constraint(table: str, name: str) -> None:
    """Check all rows of a table against a constraint that an earlier revision added as NOT VALID."""
    with _outside_transactions():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def backfill(table: str, assignments: str, where: str) -> None:
    """Update many rows in batches, one transaction per batch.

    assignments: text after SET in an UPDATE statement
    where: condition that is true for exactly the rows that are not updated yet
    """
    batch = ("SELECT ctid FROM", table, "WHERE", where, "LIMIT", str(BATCH), "FOR UPDATE")
    statement = " ".join(("UPDATE", table, "SET", assignments, "WHERE ctid = ANY (ARRAY(", *batch, "))"))
    with _outside_transactions():
        if op.get_context().as_sql:
            op.execute(statement)
            return
        while op.get_bind().execute(text(statement)).rowcount:
            pass


@contextmanager
def _outside_transactions() -> Iterator[str]:
    """Make each statement commit separately. Yield the keyword that makes index statements concurrent.

    A rehearsal, which determines the data that a downgrade would lose, is one transaction and uses plain statements.
    """
    context = op.get_context()
    if context.config is not None and context.config.attributes.get("is_rehearsal"):
        yield ""
        return
    with context.autocommit_block():
        # Waiting for the lock here blocks no other statement, because these statements request a lock that allows
        # writes.
        op.execute("SET lock_timeout = 0")
        yield " CONCURRENTLY"
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def _is_invalid(name: str) -> bool:
    if op.get_context().as_sql:
        return False
    return bool(op.get_bind().execute(_INVALID, {"name": name}).scalar())
