"""The pool of accounts that own channels."""

from collections.abc import Sequence
from datetime import timedelta

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class ManagePool:
    """Adds and lists accounts. Sessions come in sealed: nothing here could read one."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def add(
        self, phone: str, sealed_session: str, *, label: str, channel_cap: int, day_cap: int, pace: timedelta
    ) -> bool:
        """False: this phone is in the pool already, and stays as it is."""
        account = UserbotAccount(
            id=AccountId(0),
            phone=phone,
            label=label,
            session=sealed_session,
            channel_cap=channel_cap,
            day_cap=day_cap,
            pace=pace,
            created_at=self._clock.now(),
        )
        async with self._units() as uow:
            added = await uow.accounts.add_if_new(account)
            await uow.commit()
        return added

    async def all(self) -> Sequence[UserbotAccount]:
        """Every account, in the order of their numbers."""
        async with self._units() as uow:
            return await uow.accounts.all()
