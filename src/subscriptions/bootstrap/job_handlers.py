"""From a job's payload to the use case that works on it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.errors import Permanent

P = TypeVar("P", bound=JobPayload)

JobHandler = Callable[[dict[str, Any]], Awaitable[None]]
JobHandlers = Mapping[str, JobHandler]


def handler_of(payload: type[P], work: Callable[[P], Awaitable[object]]) -> tuple[str, JobHandler]:
    """The job's name and a handler that reads its payload. An unreadable payload is kept for a person."""
    return payload.name, reading(payload, work)


def reading(payload: type[P], work: Callable[[P], Awaitable[object]]) -> JobHandler:
    """A handler for `payload` alone, for jobs whose name is made at run time."""

    async def handle(raw: dict[str, Any]) -> None:
        try:
            job = payload.parse(raw)
        except ValidationError as error:
            raise Permanent(
                f"{payload.name}: a payload this version cannot read ({error.error_count()} faults)"
            ) from None
        await work(job)

    return handle
