"""Payload of a broadcast's preview; see `jobs.py`."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import BroadcastId, TelegramId


class CastPreview(JobPayload):
    """Job that sends a staff member a broadcast exactly as recipients would see it."""

    name = "bot.show_broadcast"
    broadcast_id: BroadcastId
    person: TelegramId
