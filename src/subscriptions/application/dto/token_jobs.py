"""Payloads of jobs about codes; see `jobs.py` for the contract."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.job_queue import Priority


class AdoptInvited(JobPayload):
    """Job that transfers a subscription from another system to the person who used its code."""

    name = "bot.adopt_invited"
    priority = Priority.HIGH
    token_id: TokenId
