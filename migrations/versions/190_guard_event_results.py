"""Restrict the recording of a payment event's result to the worker. Other processes may only set an event back to
pending, as staff does to repeat an event. If another process could mark an event as applied, its payment would never
be counted.
"""

from alembic import op

revision = "190_guard_event_results"
down_revision = "189_guard_due_keys"


def upgrade() -> None:
    op.execute("""
    CREATE TRIGGER result_guard BEFORE UPDATE OF status, note, attempts, handled_at ON webhook_inbox FOR EACH ROW
        WHEN ((new.status <> 'pending' OR new.handled_at IS NOT NULL OR new.attempts > old.attempts
        OR new.note IS DISTINCT FROM old.note) AND NOT umbral_may_write('arrivals', new.status))
        EXECUTE FUNCTION umbral_refuse()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER result_guard ON webhook_inbox")
