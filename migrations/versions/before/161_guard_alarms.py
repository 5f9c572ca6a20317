"""Protect owner alerts and jobs from a compromised process: the web and userbot processes can neither close nor
pre-empt alerts about forged rows; only a job's worker or staff may change or complete the job; and only the worker
process, which applies events, may mark an event as applied.
"""

from alembic import op

revision = "161_guard_alarms"
down_revision = "160_guard_logins"

_KINDS = "('job_unsigned', 'owners_differ', 'refund_idle')"
_NEW = f"NEW.kind IN {_KINDS} OR split_part(NEW.key, ':', 1) IN {_KINDS}"
_TRIGGERS = (
    ("alarm_guard", "INSERT", "alarms", f"({_NEW}) AND NOT umbral_may_write('alarms', NEW.kind)"),
    (
        "alarm_kept",
        "UPDATE",
        "alarms",
        f"(OLD.kind IN {_KINDS} OR {_NEW}) AND NOT umbral_may_write('alarms', OLD.kind)",
    ),
    (
        "work_guard",
        "UPDATE OF status, execute_after, attempts, headers, dedupe_key",
        "pgqueuer",
        "NOT umbral_may_write('work', OLD.entrypoint)",
    ),
    (
        "arrival_guard",
        "INSERT",
        "webhook_inbox",
        "NEW.status NOT IN ('pending', 'ignored') AND NOT umbral_may_write('arrivals', NEW.status)",
    ),
    ("end_guard", "DELETE", "pgqueuer", "NOT umbral_may_write('ends', OLD.entrypoint)"),
)


def upgrade() -> None:
    for name, when, table, condition in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION umbral_refuse()"
        )


def downgrade() -> None:
    for name, _, table, _ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
