"""How a pick stands, for whoever sent it: in how many channels it is, and why not in the others."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from subscriptions.application.picks.picks import UnknownPick
from subscriptions.domain.entities.pick import Pick
from subscriptions.domain.ports.repositories.picks import PICKS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class PickProgress:
    """copies: in how many channels it is to stand. posted_count: in how many it stands, as it is now or as it was
    before an edit. current: in how many as it is now. failures: why the others could not be posted or changed → how
    many; `late`: the deadline of a tip had come."""

    pick: Pick
    copies: int
    posted_count: int
    current: int
    failures: Mapping[str, int]


@dataclass(frozen=True)
class GetPick:
    """Reads without a lock."""

    units: UnitOfWorkFactory

    async def __call__(self, key: str) -> PickProgress:
        """key: the caller's idempotency key. Raises UnknownPick."""
        async with self.units() as uow:
            pick = await uow.of(PICKS_KEY).by_key(key)
            counts = await uow.of(PICKS_KEY).counts(pick.id) if pick is not None else {}
        if pick is None:
            raise UnknownPick(key)
        failures = Counter[str]()
        for (revision, reason), number in counts.items():
            if reason is not None and revision != pick.revision:
                failures[reason] += number
        return PickProgress(
            pick,
            sum(counts.values()),
            sum(number for (revision, _), number in counts.items() if revision > 0),
            sum(number for (revision, _), number in counts.items() if revision == pick.revision),
            dict(failures),
        )
