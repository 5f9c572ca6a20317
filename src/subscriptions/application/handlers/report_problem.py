"""Something only a person can mend, seen while serving a customer."""

from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class ReportProblem:
    """Tells the owners once per key."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, key: str, kind: str, **facts: str) -> None:
        """key: what makes it one alarm however often it is seen."""
        async with self._units() as uow:
            uow.record(AlarmRaised(key, kind, tuple(sorted(facts.items()))))
            await uow.commit()
