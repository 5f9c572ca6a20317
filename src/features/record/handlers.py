"""Handler of the worker's job that fetches results and settles tips."""

from typing import Final

from features.record.jobs import FetchResults
from features.record.wiring import record_of
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _settle(core: CoreContainer) -> JobHandlers:
    return dict([handler_of(FetchResults, lambda _: record_of(core).settle_by_source()())])


HANDLERS: Final = HandlersPart({"worker": _settle})
