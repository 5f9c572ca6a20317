"""Work that crosses processes: rows written in the transaction of their cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Priority(IntEnum):
    """Higher runs first: who has paid waits for nobody."""

    LOW = 0
    NORMAL = 10
    HIGH = 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """name: `{process}.{what}`. payload: JSON with its version `v`, the wire contract between processes.

    not_before: business time; a job with it lies in `due_jobs` until then. key: at most one such job waits under it.
    cause: what its cause carried (see `tracing`); None = what goes on where it is enqueued.
    """

    name: str
    payload: Mapping[str, object]
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None
    key: str | None = None
    cause: str | None = None
