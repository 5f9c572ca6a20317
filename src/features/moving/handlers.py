"""Handlers of the jobs that import invited customers and post the button for chat members."""

from typing import Final

from features.moving.jobs import AdoptInvited
from features.moving.wiring import MovingContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _adopt(core: CoreContainer) -> JobHandlers:
    came = MovingContainer(core=core).import_subscriptions().came
    return dict([handler_of(AdoptInvited, lambda job: came(job.token_id))])


HANDLERS: Final = HandlersPart({"bot": _adopt})
