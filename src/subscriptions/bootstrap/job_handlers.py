"""Job handlers, which pass a job's payload to its use case."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.feature_failures import LONGEST_WORK_S, contained, named_call
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.errors import Permanent

P = TypeVar("P", bound=JobPayload)

JobHandler = Callable[[dict[str, Any]], Awaitable[None]]
JobHandlers = Mapping[str, JobHandler]


@dataclass(frozen=True)
class HandlersPart:
    """Job handlers of a feature. `by_process`: function that creates the handlers from the core's container, keyed by
    process.
    """

    module: ClassVar[str] = "handlers"
    by_process: Mapping[str, Callable[[CoreContainer], JobHandlers]]


def handlers_of_features(core: CoreContainer, process: str) -> JobHandlers:
    """Return the job handlers of the loaded features for a process."""
    found = core.features().made(
        HandlersPart, lambda part: part.by_process[process](core) if process in part.by_process else None
    )
    return named_handlers(found)


def named_handlers(found: Iterable[tuple[str, JobHandlers]]) -> JobHandlers:
    """Return the handlers of all features, keyed by job name. A failure of a handler is reported with the name of its
    feature. A job is canceled after LONGEST_WORK_S, because jobs that never end would occupy all slots.
    """
    handlers = dict[str, JobHandler]()
    for feature, each in found:
        with contained(feature, "handlers", lasts=True):
            for name, handler in each.items():
                handlers[name] = named_call(feature, f"job: {name}", handler, LONGEST_WORK_S)
    return handlers


def handler_of(payload: type[P], work: Callable[[P], Awaitable[object]]) -> tuple[str, JobHandler]:
    """Return the job's name and a handler that parses its payload. A job with an invalid payload is kept for manual
    review.
    """
    return payload.name, reading(payload, work)


def reading(payload: type[P], work: Callable[[P], Awaitable[object]]) -> JobHandler:
    """Return a handler that parses the payload and runs `work`. Unlike `handler_of`, do not return the job's name,
    because some names are known only at run time.
    """

    async def handle(raw: dict[str, Any]) -> None:
        try:
            job = payload.parse(raw)
        except ValidationError as error:
            raise Permanent(
                f"{payload.name}: a payload this version cannot read ({error.error_count()} faults)"
            ) from None
        await work(job)

    return handle
