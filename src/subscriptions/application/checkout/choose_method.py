"""Payment methods that a customer can use for a plan, with the customer's usual method first."""

from dataclasses import dataclass, replace

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.catalog.overlaps import overlaps
from subscriptions.application.checkout.purchase_terms import as_sold_to, refuse_buyer, usable_methods
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Payment options of a customer who buys a plan.

    plan: the plan, with the methods that the customer can use, the usual one first
    usual: method of the customer's last payment; None if that method cannot charge this plan
    is_owed: True if a charge for this plan failed, in whose place the customer pays now; the method of that charge is
        not the usual one, and comes last
    """

    plan: PlanView
    usual: str | None
    is_owed: bool = False


class ChooseMethod:
    """Use case that returns the payment options of a customer, without opening a checkout."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        browse_plans: BrowsePlans,
        show_deals: ShowDeals,
        clock: Clock,
        trial_marks: TrialMarks = NO_MARKS,
    ) -> None:
        self._trial_marks = trial_marks
        self._units = units
        self._clock = clock
        self._browse_plans = browse_plans
        self._show_deals = show_deals

    async def __call__(self, telegram_id: TelegramId, soft_id: str, *, for_another: bool = False) -> Choices:
        """Return the payment options. `for_another`: True to buy a gift, to which no promotions apply. Raises
        PlanUnavailable, and NotTheirs if the plan's rules exclude the customer.
        """
        async with self._units() as uow:
            plan = await self._browse_plans.get_wanted(uow, soft_id, for_another=for_another)
            customer = await known_customer(uow, telegram_id)
            await refuse_buyer(uow, customer, plan, self._trial_marks, self._clock.now())
            plan = await as_sold_to(uow, customer, plan, self._trial_marks)
            own = await self._browse_plans.own_prices(uow, plan)
            wishes = await uow.payment_methods.all()
            live = None if for_another else await uow.subscriptions.live_for(customer.id, plan.id)
            methods = usable_methods(self._browse_plans, plan, live, own, wishes)
            beside_overlaps = () if for_another else await overlaps(uow, customer.id, plan)
            last_payments = await uow.payments.of_customer(customer.id, 1)
        failed = live.provider if live is not None and live.is_owed else None
        usual = next((each.provider for each in last_payments if each.provider in methods), None)
        usual = usual if usual != failed else None
        method_order = tuple(sorted(methods, key=lambda code: code != usual))
        view = replace(self._browse_plans.view(plan, own, wishes), methods=method_order, overlaps=beside_overlaps)
        shown = view if for_another else (await self._show_deals(telegram_id, [view]))[0]
        return Choices(plan=shown, usual=usual, is_owed=failed is not None)
