"""Let only the worker record the result of a payment event. Other processes can only make an event wait again, as staff
do who repeat it; an event that they marked as applied would be a payment that nobody counts.
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
