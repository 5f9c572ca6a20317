"""Executed staff command, stored so that a repetition returns the stored result without running the command again."""

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
    outcome: name of the result
    facts: values of the result's message as text, without personal data of the subject
    """

    id: UUID
    command: str
    digest: str
    at: datetime
    outcome: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
