"""Status of the userbot accounts, for staff with permission to see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.accounts.pool_forecast import PoolForecast, pool_forecast
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class SeeAccounts:
    """Use case that returns the accounts with their capacity and health, and the pool's forecast. `hides_names`: True
    if the database login of the process may not read secrets.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    hides_names: bool = False

    @reads(StaffAction.SEE_ACCOUNTS)
    async def __call__(self, uow: UnitOfWork) -> tuple[Sequence[UserbotAccount], PoolForecast]:
        """Return the accounts and the forecast. Raises NotAllowed."""
        accounts = await uow.accounts.list_without_secrets() if self.hides_names else await uow.accounts.all()
        return accounts, await pool_forecast(uow, accounts, self.clock.now())
