"""The payload of a broadcast's preview; see `jobs.py`."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import BroadcastId, TelegramId


class CastPreview(JobPayload):
    """Show one of the operator's people a broadcast as everybody would see it."""

    name = "bot.show_broadcast"
    broadcast_id: BroadcastId
    person: TelegramId
