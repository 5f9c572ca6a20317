"""Jobs for other processes, as rows written in the transaction of their cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Priority(IntEnum):
    """Priority of a job. Jobs of higher priority run first, so that customers who have paid do not wait."""

    LOW = 0
    NORMAL = 10
    HIGH = 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """Job to enqueue.

    name: `{process}.{action}`
    payload: JSON with its version `v`, the contract between processes
    not_before: business time until which the job waits in `due_jobs`
    key: deduplication key; at most one waiting job has it
    cause: trace of the cause (see `tracing`); None takes the trace of the caller
    """

    name: str
    payload: Mapping[str, object]
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None
    key: str | None = None
    cause: str | None = None
