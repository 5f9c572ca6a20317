"""Staff commands that create and stop promotion codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from features.promotions import terms as draft
from features.promotions.permissions import MAKE_PROMOTIONS
from features.promotions.subjects import PROMOTION
from subscriptions.application.dto.typed_answers import Wrong, choice
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.discount_code import DAYS_LIMIT, LINK, USES_LIMIT, DiscountCode
from subscriptions.domain.ids import DiscountCodeId
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

CODE: Final[Input[str]] = Input(name="code", kind=InputKind.TEXT, parse=draft.code, value=str)
GIVES: Final[Input[str]] = Input(name="gives", kind=InputKind.TEXT, parse=draft.gives, value=str)
"""Input for the benefit of the promotion: a percentage, an amount with its currency, or days."""
PLAN: Final[Input[str]] = Input(name="plan", kind=InputKind.CHOICE, parse=choice, value=str, default=draft.ALL)
COUNT_RULE: Final[Input[str]] = Input(
    name="when", kind=InputKind.CHOICE, parse=choice, value=str, default=draft.FIRST_PURCHASE, rare=True
)
FREQUENCY: Final[Input[str]] = Input(
    name="often", kind=InputKind.CHOICE, parse=choice, value=str, default=draft.ONE_USE, rare=True
)
USES: Final[Input[str]] = Input(
    name="uses",
    kind=InputKind.NUMBER,
    parse=draft.uses,
    value=str,
    limits=(1, USES_LIMIT),
    default=draft.NO_LIMIT,
    rare=True,
)
VALID_DAYS: Final[Input[str]] = Input(
    name="until",
    kind=InputKind.NUMBER,
    parse=draft.valid_days,
    value=str,
    limits=(1, 3 * DAYS_LIMIT),
    default=draft.NO_LIMIT,
)
"""Input for the number of days, from now, for which the promotion is valid."""


@dataclass(frozen=True, kw_only=True)
class MadePromotion:
    """Created promotion. link: link that applies the code; None until the bot's username is known."""

    id: DiscountCodeId
    code: str
    link: str | None


class MakePromotion(StaffCommand):
    """Staff command that creates a promotion code, valid from now on."""

    name = "make_promotion"
    panel_name = "promo.new"
    begins = True
    permission = MAKE_PROMOTIONS
    subject = SubjectKind.SHOP
    makes = PROMOTION
    inputs = (CODE, GIVES, PLAN, COUNT_RULE, FREQUENCY, USES, VALID_DAYS)
    outcomes = ("made",)
    result = MadePromotion

    async def run(self, execution: Execution) -> Outcome:
        """Create the promotion. Raises Wrong if another promotion has the code."""
        plan = await execution.uow.plans.by_soft_id(execution[PLAN]) if execution[PLAN] != draft.ALL else None
        staff_id = execution.actor.telegram_id
        plan_id = plan.id if plan is not None else None
        promotion = draft.promotion_of(
            execution.answers, DiscountCodeId(execution.operation), execution.at, staff_id, plan_id
        )
        if not await execution.uow.of(DISCOUNTS_KEY).add_if_new(promotion):
            raise Wrong("code_taken", question=CODE.name)
        entry = AuditEntry(subject=promotion.id, facts={"code": promotion.code}, reason="made by staff")
        return Outcome(
            name="made", facts={"code": promotion.code}, audit=[entry], result=await _result(execution.uow, promotion)
        )

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the outcome of a repeated command with the promotion's link."""
        promotion = await execution.uow.of(DISCOUNTS_KEY).get(DiscountCodeId(execution.operation))
        result = await _result(execution.uow, promotion) if promotion is not None else None
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices of an input: the paid plans, the payments to which the discount applies, or how often a
        customer may use the code.
        """
        if asked_input is PLAN:
            plans = [plan for plan in await uow.plans.all() if not plan.free]
            return [Choice(draft.ALL), *(Choice(plan.soft_id, plan.label) for plan in plans)]
        words = {COUNT_RULE: (draft.FIRST_PURCHASE, draft.EACH), FREQUENCY: (draft.ONE_USE, draft.MANY_USES)}
        return [Choice(each) for each in words.get(asked_input, ())]


class StopPromotion(StaffCommand):
    """Staff command that stops a promotion. Checkouts opened before can still be paid with the promotion."""

    name = "stop_promotion"
    panel_name = "promo.stop"
    permission = MAKE_PROMOTIONS
    subject = PROMOTION
    outcomes = ("stopped",)

    async def run(self, execution: Execution) -> Outcome:
        """Stop the promotion. Raises NothingToDo if the promotion is stopped already."""
        promotion = await execution.uow.of(DISCOUNTS_KEY).get(DiscountCodeId(execution.subject_id), lock=True)
        if promotion is None or promotion.stopped_at is not None:
            raise NothingToDo("stopped")
        promotion.stopped_at = execution.at
        await execution.uow.of(DISCOUNTS_KEY).save(promotion)
        entry = AuditEntry(subject=promotion.id, facts={"code": promotion.code}, reason="stopped by staff")
        return Outcome(name="stopped", facts={"code": promotion.code}, audit=[entry])


async def _result(uow: UnitOfWork, promotion: DiscountCode) -> MadePromotion:
    username = await uow.variables.get(BOT_USERNAME)
    link = deep_link(username, f"{LINK}{promotion.code}") if username is not None else None
    return MadePromotion(id=promotion.id, code=promotion.code, link=link)
