"""Staff commands that change a plan's own price and its method prices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from subscriptions.application.catalog.change_plan import ChangePlan
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_catalog import own_prices
from subscriptions.application.catalog.plan_input import differences, store_price
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong, choice, kept_money
from subscriptions.application.dto.typed_answers import price as read_price
from subscriptions.application.staff.command import Effect, Execution, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.pricing import OwnPrices

OWN: Final = "own"
"""Value with which staff restores the plan's own price for a payment method."""
_OWN: Final = "the plan's own"
_PAGE: Final = 500


def _parse(answer: Answer, answers: Answers) -> str:
    return read_price(answers.get("currency", ""))(answer, answers)


def _read_own(answer: Answer, answers: Answers) -> str:
    return OWN if answer.text.strip().lower() in {"", OWN} else _parse(answer, answers)


def _price_of(answer: str) -> Money | None:
    return None if answer == OWN else kept_money(answer)


PRICE: Final[Input[Money]] = Input(name="price", kind=InputKind.MONEY, parse=_parse, value=kept_money)
"""Input for a price; a number without a currency is in the plan's currency."""
METHOD: Final[Input[str]] = Input(name="method", kind=InputKind.CHOICE, parse=choice, value=str)
METHOD_PRICE: Final[Input[Money | None]] = Input(
    name="price", kind=InputKind.TEXT, parse=_read_own, value=_price_of, default=OWN
)
"""Input for the price that a payment method charges; None restores the plan's own price."""


class ChangePrice(ChangePlan):
    """Staff command that changes the price for new sales of a plan."""

    name = "change_price"
    inputs = (PRICE,)
    outcomes = ("changed",)
    effects = ("kept", "nobody", "kept_methods", "nobody_methods")
    action = "plan.updated"

    method_prices: MethodPrices

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the number of subscribers who keep their agreed price, and the methods that have their own price.
        Raises Wrong if no method can charge the new price.
        """
        plan = await self.plan(execution)
        own = await self._refuse(execution, plan)
        people = await _paying_otherwise(execution.uow, plan, execution[PRICE])
        facts: dict[str, Fact] = {"people": people} if people else {}
        name = "kept" if people else "nobody"
        if own:
            prices = (f"{self.method_prices.label_of(method)}: {price}" for method, price in sorted(own.items()))
            return Effect(name=f"{name}_methods", facts={**facts, "methods": ", ".join(prices)})
        return Effect(name=name, facts=facts)

    async def run(self, execution: Execution) -> Outcome:
        """Save the price. Raises Wrong if no method can charge it: programs save a price without a preview."""
        await self._refuse(execution, await self.plan(execution))
        return await super().run(execution)

    async def _refuse(self, execution: Execution, plan: ServicePlan) -> OwnPrices:
        """Raise Wrong if no method can charge the new price. Return the prices of the methods that have their own."""
        own = own_prices(await execution.uow.plans.own_prices(plan.id)).get(plan.id, {})
        try:
            self.method_prices.refuse_plan(replace(plan, price=execution[PRICE]), own)
        except InvalidInput as error:
            raise Wrong("plan_field", question=PRICE.name, field=error.field, problem=error.problem) from error
        return own

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        """Return the plan with the new price."""
        return replace(plan, price=execution[PRICE])

    def facts(self, previous: ServicePlan, current: ServicePlan) -> dict[str, str]:
        """Return the old and the new price for the audit entry."""
        return differences(previous, current)


class SetMethodPrice(ChangePlan):
    """Staff command that sets the price that one payment method charges for a plan, in a currency of the method.

    If the method's provider has price objects, a job creates a new one with this amount.
    """

    name = "method_price"
    inputs = (METHOD, METHOD_PRICE)
    outcomes = ("priced", "own", "unchanged")
    action = "plan.method_price"

    method_prices: MethodPrices

    async def run(self, execution: Execution) -> Outcome:
        """Save the price. Raises Wrong if the method can't charge it."""
        plan, method, price = await self.plan(execution), execution[METHOD], execution[METHOD_PRICE]
        try:
            self.method_prices.refuse(method, price)
            if price is not None:
                self.method_prices.refuse_plan(plan, {method: price})
        except InvalidInput as error:
            if error.field == "prices":
                raise Wrong(
                    "plan_field", question=METHOD_PRICE.name, field=METHOD_PRICE.name, problem=error.problem
                ) from error
            # The currency is part of the typed amount.
            key = "amount" if error.field == "price" else "method_refused"
            methods = ", ".join(map(self.method_prices.label_of, self.method_prices.methods()))
            raise Wrong(key, question=METHOD_PRICE.name, methods=methods, currency=plan.price.currency) from error
        previous = await execution.uow.plans.price_at(plan.id, method)
        amount = previous.price if previous is not None else None
        facts: dict[str, Fact] = {"plan": plan.label, "method": self.method_prices.label_of(method)}
        if price == amount:
            return Outcome(name="unchanged", facts=facts)
        await store_price(execution.uow, plan.id, method, price)
        execution.uow.record(PlanChanged(plan.id))
        outcome = self.report(plan, method=method, price=f"{amount or _OWN} → {price or _OWN}")
        if price is None:
            return replace(outcome, name="own", facts=facts)
        return replace(outcome, facts={**facts, "price": price})

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices for an input: all payment methods, including hidden ones, or for the price the option to
        restore the plan's own price.
        """
        prices = self.method_prices
        return (
            [Choice(code, prices.label_of(code)) for code in prices.methods()]
            if asked_input is METHOD
            else [Choice(OWN)]
        )

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        """Return the plan unchanged, because only the method price changes."""
        return plan


async def _paying_otherwise(uow: UnitOfWork, plan: ServicePlan, price: Money) -> int:
    """Return the number of live subscriptions of the plan that renew automatically at another price."""
    people, cursor = 0, None
    while True:
        page = await uow.subscriptions.live_of_plan(plan.id, cursor, _PAGE)
        people += sum(each.renews and each.price != price for each in page)
        if len(page) < _PAGE:
            return people
        cursor = SubscriptionId(page[-1].id)
