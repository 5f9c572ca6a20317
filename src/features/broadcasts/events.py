"""Jobs that are queued when a broadcast is scheduled or changed."""

from typing import Final

from features.broadcasts.domain import BroadcastDue
from features.broadcasts.jobs import SendBroadcast
from subscriptions.application.routing import Consequences, on


def send_broadcast(event: BroadcastDue) -> Consequences:
    """Queue a job that sends the broadcast, now or at its start time."""
    send, key = SendBroadcast(broadcast_id=event.broadcast_id), f"broadcast:{event.broadcast_id}"
    return [send.keyed_job(key) if event.at is None else send.delayed_job(event.at, key)]


EVENTS: Final = (on(BroadcastDue, send_broadcast),)
