"""How the accounts that own channels stand, for whoever may know."""

from collections.abc import Sequence

from subscriptions.application.accounts.pool_forecast import PoolForecast, pool_forecast
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeAccounts:
    """Capacity, health and how long they last. veiled: for a login that may not read what opens an account."""

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, *, hides_names: bool = False
    ) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._hides_names = hides_names

    @reads(StaffAction.SEE_ACCOUNTS)
    async def __call__(self, uow: UnitOfWork) -> tuple[Sequence[UserbotAccount], PoolForecast]:
        """Raises NotAllowed."""
        accounts = await uow.accounts.list_without_secrets() if self._hides_names else await uow.accounts.all()
        return accounts, await pool_forecast(uow, accounts, self._clock.now())
