"""Handler of the job that sends webhook events to an endpoint."""

from typing import Final

from features.webhooks.jobs import SendToEndpoint
from features.webhooks.wiring import WebhooksContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _send(core: CoreContainer) -> JobHandlers:
    webhooks = WebhooksContainer(core=core)
    return dict([handler_of(SendToEndpoint, lambda job: webhooks.send_events()(job.receiver_id))])


HANDLERS: Final = HandlersPart({"worker": _send})
