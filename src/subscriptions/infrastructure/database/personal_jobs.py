"""Where work to do, and what became of it, speaks of people; a part of `personal_tables`."""

from typing import Final

from subscriptions.infrastructure.database import personal_data as own
from subscriptions.infrastructure.database.personal_data import Fate, Held, may_mention, mentions

JOBS: Final = (
    Held(
        table="due_jobs",
        whose=own.queued_work("payload::text"),
        content="payload",
        technical="id name priority due_at key cause created_at",
        fate=Fate.DELETE,
    ),
    Held(
        table="pgqueuer",
        whose=own.QUEUED,
        content="payload",
        technical="id priority queue_manager_id created updated heartbeat execute_after status entrypoint dedupe_key"
        " headers attempts slot",
        fate=Fate.DELETE,
        touched=f"(status <> 'picked' AND {own.QUEUED})",
    ),
    Held(
        table="pgqueuer_log",
        whose=mentions("traceback::text"),
        content="traceback",
        technical="id created job_id status priority entrypoint aggregated",
        fate=Fate.DELETE,
        touched=may_mention("traceback::text"),
    ),
)
