"""Lookup of the tips that staff commands act on."""

from dataclasses import dataclass
from typing import Final

from features.picks.domain import plain
from features.record.domain.tip_history import TipHistory
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.dto.typed_moments import NOW, ZONE
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, read_id
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

TIP: Final = "tip"


@dataclass(frozen=True)
class FindTip:
    """Lookup of a tip by id, or by the key of its post. Times are parsed in the operator's time zone."""

    clock: Clock
    policy: Policy

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the tip; None for an unknown id or key."""
        key = read_id(text)
        pick = await uow.of(POSTS_KEY).get(PostId(key)) if key is not None else await uow.of(POSTS_KEY).by_key(text)
        entries = await uow.of(RECORDS_KEY).of_tip(pick.id) if pick is not None else ()
        if pick is None or not entries:
            return None
        tip = TipHistory(pick.id, entries).facts
        facts: dict[str, Fact] = {"name": tip.event, "selection": tip.selection, "at": tip.starts_at}
        facts |= {"odds": plain(tip.odds), "stake": plain(tip.stake)}
        reads = {NOW: self.clock.now().isoformat(), ZONE: self.policy.zones.home.key}
        return Subject(id=str(pick.id), name=f"{tip.event} · {tip.selection}", facts=facts, reads=reads)


SUBJECTS: Final = (
    SubjectType(
        kind=TIP,
        argument="TIP",
        help="Its id, or the key of its pick.",
        path="tips",
        parameter="tip_id",
        schema={"type": "string"},
        page="/tips",
        button="tip",
        find=FindTip,
    ),
)
