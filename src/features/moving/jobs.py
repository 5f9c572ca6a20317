"""Payloads of the feature's jobs."""

from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.jobs import LookInside
from subscriptions.domain.ids import ChannelId, TokenId
from subscriptions.domain.ports.job_queue import Priority


class AdoptInvited(JobPayload):
    """Job that imports a subscription from another system for the person who used the subscription's code."""

    name = "bot.adopt_invited"
    priority = Priority.HIGH
    token_id: TokenId


class InviteMembers(JobPayload):
    """Job that posts the button with which members of a chat who paid in another system report themselves to staff."""

    name = "bot.ask_members"
    channel_id: ChannelId


QUEUED_BY: Final = (("console", f"{InviteMembers.name} {LookInside.name}"),)
"""Pairs of a process and the jobs that it queues without executing them."""
