"""Finder of the broadcasts to which staff commands refer."""

from dataclasses import dataclass
from typing import Final

from features.broadcasts.commands.parts import BROADCAST_KIND, LINKS, TEXT, answers_of, parts_of
from features.broadcasts.domain import BroadcastId
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.progress import progress_of
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.dto.typed_moments import NOW, ZONE
from subscriptions.application.posts import typed_post
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import UUID_SCHEMA, SubjectType
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork

NAME_LIMIT: Final = 60


@dataclass(frozen=True)
class FindBroadcast:
    """Lookup of a broadcast by its id, optionally followed by a dot and the hash of the version shown."""

    clock: Clock
    policy: Policy

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the broadcast that the text identifies; None for an unknown id."""
        key, _ = parts_of(text)
        broadcast = await uow.of(BROADCASTS_KEY).get(BroadcastId(key)) if key is not None else None
        if broadcast is None:
            return None
        content = broadcast.content
        says = typed_post.typed_markup(content.text, content.entities)
        facts: dict[str, Fact] = {"count": (await progress_of(uow, broadcast)).unknown, "says": says, TEXT.name: says}
        facts |= {LINKS.name: typed_post.typed_buttons(content.buttons), **answers_of(broadcast.audience)}
        name = " ".join(content.text.split())[:NAME_LIMIT] or str(broadcast.id)
        reads = {NOW: self.clock.now().isoformat(), ZONE: self.policy.zones.home.key}
        return Subject(id=text, name=name, facts=facts, reads=reads)


SUBJECTS: Final = (
    SubjectType(
        kind=BROADCAST_KIND,
        argument="BROADCAST",
        help="Its id, as the console shows it.",
        path="broadcasts",
        parameter="broadcast_id",
        schema=UUID_SCHEMA,
        page="/broadcasts/{id}",
        find=FindBroadcast,
    ),
)
