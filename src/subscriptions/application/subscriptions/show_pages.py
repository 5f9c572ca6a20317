"""The provider's own pages for a customer whose charge failed: another card, what is owed, the bank's question."""

from dataclasses import dataclass

from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.events import ReminderDue
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, HasPages, ManagePages
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class NothingOwed(UmbralError):
    """This person has no such subscription whose charge failed, or not any more."""


@dataclass(frozen=True, kw_only=True)
class PagesView:
    """pages: None where the provider has none for it, and its customer has to see to it elsewhere. owed: a charge
    failed.
    """

    soft_id: str
    plan_name: str
    pages: ManagePages | None
    owed: bool = True


class ShowPages:
    """Made at the moment somebody presses: they are good for minutes, and whoever has one is in."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, back: str) -> None:
        """back: the address that the pages lead back to."""
        self._units = units
        self._gateways = gateways
        self._back = back

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> PagesView:
        """Raises NothingOwed and gateway errors."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            held = await uow.subscriptions.live_for(customer.id, plan.id) if plan is not None else None
        owed = held is not None and held.status is SubscriptionStatus.PAST_DUE
        if plan is None or held is None or not (owed or held.renews):
            raise NothingOwed(soft_id)
        gateway = self._gateways.get(held.provider or "")
        pages = None
        if isinstance(gateway, HasPages) and held.provider_ref is not None:
            pages = await gateway.manage_pages(held.provider_ref, back=self._back, locale=customer.language)
        return PagesView(soft_id=soft_id, plan_name=plan.name, pages=pages, owed=owed)


class OfferPages:
    """Somebody of staff has the customer told again that a charge failed, with the buttons that put it right."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId, subscription_id: SubscriptionId, operation: str) -> bool:
        """False: nothing is owed. operation: a repetition sends nothing twice. Raises NotAllowed."""
        action = StaffAction.OFFER_PAGES
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, action)
            held = await uow.subscriptions.get(subscription_id)
            plan = await uow.plans.get(held.plan_id) if held is not None else None
            if held is None or plan is None or held.status is not SubscriptionStatus.PAST_DUE:
                return False
            now = self._clock.now()
            await self._staff_desk.note(
                uow, staff, action, held.customer_id, "asked in the panel", now, plan=plan.soft_id
            )
            uow.record(ReminderDue(held.id, held.customer_id, MessageKind.DUNNING, f"{held.id}:{operation}"))
            await uow.commit()
        return True
