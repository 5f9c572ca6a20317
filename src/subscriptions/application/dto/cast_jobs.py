"""The payload of a broadcast's preview; see `jobs.py`."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload


class CastPreview(JobPayload):
    """Show one of the operator's people a broadcast as everybody would see it."""

    name = "bot.show_broadcast"
    broadcast_id: UUID
    person: int
