"""Declarations that a customer makes before payment, recorded with the text that the customer saw."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.withdrawal import Declaration, DeclarationKind
from subscriptions.domain.ids import CustomerId, OrderId, TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.withdrawal_policy import Declarations

_MOST_WITHDRAWALS: Final = 2
"""Minimum number of withdrawals within the operator's time limit for which the next purchase needs a declaration."""


async def withdraws_repeatedly(uow: UnitOfWork, customer_id: CustomerId, policy: Policy, now: datetime) -> bool:
    """Return True if the customer has withdrawn so often recently that the next purchase needs a declaration."""
    withdrawals = await uow.of(WITHDRAWALS_KEY).of_customer(customer_id) if policy.withdrawal_window else ()
    recent = [each for each in withdrawals if each.declared_at > now - policy.withdrawal_window]
    return len(recent) >= _MOST_WITHDRAWALS


@dataclass(frozen=True)
class DeclareBeforePayment:
    """Use case that adds a declaration to an order, if the operator requires one or the customer withdraws
    repeatedly.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(
        self, telegram_id: TelegramId, order_id: OrderId, *, begins: bool, acknowledges: bool, words: str
    ) -> None:
        """Record the declaration that the customer made. The last declaration before the payment counts.

        begins: True if the customer requested an immediate start
        acknowledges: True if the customer acknowledged the consequence of the immediate start
        words: text of the message that the customer saw
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            kind = await self._kind_for(uow, customer.id)
            if kind is Declarations.OFF:
                return
            declaration = Declaration(
                id=new_uuid(),
                order_id=order_id,
                customer_id=customer.id,
                kind=DeclarationKind(kind),
                begins=begins,
                acknowledges=acknowledges,
                words=words,
                language=customer.language,
                version=self.policy.terms_version,
                declared_at=self.clock.now(),
            )
            await uow.of(WITHDRAWALS_KEY).add_declaration(declaration)
            await uow.commit()

    async def kind_for(self, telegram_id: TelegramId) -> Declarations:
        """Return the declaration that the customer must make before paying."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            return await self._kind_for(uow, customer.id)

    async def _kind_for(self, uow: UnitOfWork, customer_id: CustomerId) -> Declarations:
        is_repeated = await withdraws_repeatedly(uow, customer_id, self.policy, self.clock.now())
        return Declarations.CONTENT if is_repeated else self.policy.declarations
