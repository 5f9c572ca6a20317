"""Payload of the job that answers a button press in the Mini App."""

from typing import Final

from features.miniapp.domain import AppPressId
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ports.job_queue import Priority


class AnswerPress(JobPayload):
    """Job that answers a button press in the Mini App in the same way as in the chat. `platform`: app name reported by
    the page; empty if unknown.
    """

    name = "bot.answer_press"
    priority = Priority.HIGH
    press_id: AppPressId
    platform: str = ""


QUEUED_BY: Final = (("console", AnswerPress.name),)
"""Pairs of a process and the name of a job that the process queues but does not execute."""
