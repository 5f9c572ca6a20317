"""Payloads of the jobs that send broadcasts, previews, and the files of drafts."""

from typing import Final

from features.broadcasts.domain import BroadcastId
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.job_queue import Priority


class SendBroadcast(JobPayload):
    """Job that sends one slice of a broadcast: the deliveries that fit into one minute."""

    name = "bot.send_broadcast"
    priority = Priority.LOW
    broadcast_id: BroadcastId


class BroadcastPreview(JobPayload):
    """Job that sends a staff member a broadcast exactly as recipients would see it."""

    name = "bot.show_broadcast"
    broadcast_id: BroadcastId
    person: TelegramId


class SendDraftFile(JobPayload):
    """Job that uploads the file of a draft to Telegram, as a message to the staff member who uploaded it."""

    name = "bot.send_draft_file"
    broadcast_id: BroadcastId


QUEUED_BY: Final = (
    ("web", SendBroadcast.name),
    ("userbot", SendBroadcast.name),
    ("console", f"{SendBroadcast.name} {BroadcastPreview.name} {SendDraftFile.name}"),
)
"""Pairs of a process and the names of the jobs that the process queues but does not execute."""
