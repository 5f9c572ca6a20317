"""Staff command stored with its result, so that a repetition returns the result without running again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(kw_only=True)
class StaffOperation:
    """Executed staff command.

    id: the same for every repetition
    command: name of the command
    digest: digest of the actor, subject and answers
    outcome: result
    facts: values of the result's message as text, without personal identification of its subject
    """

    id: UUID
    command: str
    digest: str
    at: datetime
    outcome: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
