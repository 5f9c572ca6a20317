"""One act of staff, kept with what came of it: its repetition is answered by that and not carried out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(kw_only=True)
class StaffOperation:
    """id: the same for every repetition. command: its name. digest: of who asked, about what, with which answers.

    outcome: what came of it; facts: what its sentence names, as text, and never who it is about.
    """

    id: UUID
    command: str
    digest: str
    at: datetime
    outcome: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
