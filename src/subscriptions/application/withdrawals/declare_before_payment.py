"""What a customer ticked, or left unticked, before paying: on record with the words as they were shown."""

from dataclasses import dataclass

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.withdrawal import Declaration, DeclarationKind
from subscriptions.domain.ids import OrderId, TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.withdrawal_policy import Declarations


@dataclass(frozen=True)
class DeclareBeforePayment:
    """Adds a declaration to an order. Only where the operator asks for one: otherwise nobody loses anything."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(
        self, telegram_id: TelegramId, order_id: OrderId, *, begins: bool, acknowledges: bool, words: str
    ) -> None:
        """words: as they stood in the message. The last declaration before the payment counts."""
        if self.policy.declarations is Declarations.OFF:
            return
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            declaration = Declaration(
                id=new_uuid(),
                order_id=order_id,
                customer_id=customer.id,
                kind=DeclarationKind(self.policy.declarations),
                begins=begins,
                acknowledges=acknowledges,
                words=words,
                language=customer.language,
                version=self.policy.terms_version,
                declared_at=self.clock.now(),
            )
            await uow.withdrawals.add_declaration(declaration)
            await uow.commit()
