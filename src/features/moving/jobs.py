"""Payloads of the jobs that import an invited customer's subscription and that post the button for chat members."""

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
    """Job that posts, in a chat, a button with which members who paid in another system report this to staff."""

    name = "bot.ask_members"
    channel_id: ChannelId


QUEUED_BY: Final = (("console", f"{InviteMembers.name} {LookInside.name}"),)
"""Pairs of a process and the names of the jobs that the process queues but does not execute."""
