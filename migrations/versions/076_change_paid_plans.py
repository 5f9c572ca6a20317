"""Allow credit from a one-time plan towards another plan: the ledger names the entry that continues."""

from alembic import op

revision = "076_change_paid_plans"
down_revision = "075_add_gifts"

_NAME = "ck_ledger_entries_kind_known"
_KINDS = ("payment", "token", "trial", "admin_grant", "promotion", "compensation", "refund", "dispute")


def _allow(kinds: tuple[str, ...]) -> None:
    names = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE ledger_entries ADD CONSTRAINT {_NAME} CHECK (kind IN ({names}))")


def upgrade() -> None:
    op.execute(f"ALTER TABLE ledger_entries DROP CONSTRAINT {_NAME}")
    _allow((*_KINDS, "change"))


def downgrade() -> None:
    # Express the same end of access in the known kinds: shorten the payment and add the rest as granted time.
    op.execute(
        "INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, payment_id, note,"
        " created_at) SELECT subscription_id, 'refund', 'change:' || source_key, starts_at, interval '0', payment_id,"
        " note, created_at FROM ledger_entries WHERE kind = 'change'"
    )
    op.execute("ALTER TABLE ledger_entries DISABLE TRIGGER append_only")
    op.execute(f"ALTER TABLE ledger_entries DROP CONSTRAINT {_NAME}")
    op.execute("UPDATE ledger_entries SET kind = 'compensation', payment_id = NULL WHERE kind = 'change'")
    op.execute("ALTER TABLE ledger_entries ENABLE TRIGGER append_only")
    _allow(_KINDS)
