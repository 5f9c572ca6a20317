"""Subject types of staff commands, one per kind. They define how every interface names, addresses and finds a subject.
A package declares its kinds as `SUBJECTS` in its module `subjects`; `subject_types` collects them.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol
from uuid import UUID

from subscriptions.application.dto.rooms import added_by_features, of_rooms
from subscriptions.application.staff.command import Subject
from subscriptions.domain.ports.unit_of_work import UnitOfWork

FindSubject = Callable[[UnitOfWork, str], Awaitable[Subject | None]]
"""Function that returns the subject of a command by its id as text. It returns None if the subject is unknown or no
command can change it.
"""


class SubjectFinder(Protocol):
    """Protocol of a class that finds subjects and has dependencies; its instances are callable as `FindSubject`."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the subject with this id as text. Return None if the subject is unknown or no command
        can change it.
        """
        ...


Schema = Mapping[str, str | int]
"""JSON Schema of an id in an API path."""
UUID_SCHEMA: Final[Schema] = {"type": "string", "format": "uuid"}


def text_schema(max_length: int) -> Schema:
    """Return the schema of an id that is text of limited length."""
    return {"type": "string", "maxLength": max_length}


@dataclass(frozen=True, kw_only=True)
class SubjectType:
    """Kind of subject of staff commands.

    kind: name of the kind in declarations of commands, stored and shown unchanged
    argument, help: name and help text of the command line's argument; an empty argument means that commands on this
    kind take no id
    path: path of the kind's collection below /api/v1; empty for the root
    parameter, schema: name and JSON Schema of the id in the path
    known_by: ids that the API accepts
    page: page of the console, relative to its root, to which a command that is not about a customer returns; `{id}` is
        replaced by the id
    button: prefix of the names of buttons in the panel; None if each command has a separate name
    find: class of the finder, whose dependencies are injected by type; None if the process supplies the finder
    """

    kind: str
    argument: str = ""
    help: str = ""
    path: str = ""
    parameter: str = ""
    schema: Schema | None = None
    known_by: str = "its id"
    page: str = ""
    button: str | None = None
    find: type[SubjectFinder] | None = None


def read_id(text: str) -> UUID | None:
    """Parse a UUID. Return None if the text is not a UUID."""
    try:
        return UUID(text)
    except ValueError:
        return None


@cache
def subject_types() -> Mapping[str, SubjectType]:
    """Return the subject types of all packages, keyed by kind. A feature's subject type is left out if another package
    declares the same kind. Raises ValueError if two packages of the core declare the same kind.
    """
    found = by_kind(of_rooms("subjects", "SUBJECTS"))
    return {**found, **added_by_features("subjects", "SUBJECTS", SubjectType, lambda each: each.kind, found)}


def by_kind(declared: Iterable[SubjectType]) -> Mapping[str, SubjectType]:
    """Return the subject types, keyed by kind. Raises ValueError if two of them have the same kind."""
    found: dict[str, SubjectType] = {}
    for each in declared:
        if each.kind in found:
            raise ValueError(f"the subject {each.kind} is declared twice")
        found[each.kind] = each
    return found
