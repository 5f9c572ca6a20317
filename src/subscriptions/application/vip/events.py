"""Rows of the routing table that queue the jobs for admitting customers to the VIP channel."""

from typing import Final

from subscriptions.application.dto import vip_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def admit_waiting(event: events.VipChannelReady) -> Consequences:
    return [vip_jobs.AdmitWaiting()]


def admit_to_vip(event: events.VipChannelMissed) -> Consequences:
    return [vip_jobs.AdmitToVip(customer_id=event.customer_id)]


EVENTS: Final = (
    on(events.VipChannelReady, admit_waiting),
    on(events.VipChannelMissed, admit_to_vip),
)
