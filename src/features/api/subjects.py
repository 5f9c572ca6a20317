"""Finder of the API keys to which staff commands refer."""

from dataclasses import dataclass
from typing import Final

from features.api.ports import API_KEYS_KEY
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, read_id, text_schema
from subscriptions.domain.ports.unit_of_work import UnitOfWork

KEY: Final = "key"


@dataclass(frozen=True)
class FindKey:
    """Finder of the API key that a staff command refers to, by name or id."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the API key with this name or id; None if there is none."""
        key_id, keys = read_id(text), await uow.of(API_KEYS_KEY).all()
        key = next((each for each in keys if each.name == text or (key_id is not None and each.id == key_id)), None)
        return Subject(id=str(key.id), name=key.name, facts={"key": key.name}) if key is not None else None


SUBJECTS: Final = (
    SubjectType(
        kind=KEY,
        argument="KEY",
        help="Its name, or its id.",
        path="keys",
        parameter="key",
        schema=text_schema(80),
        known_by="its name or id",
        page="/keys",
        find=FindKey,
    ),
)
