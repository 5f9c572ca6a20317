"""Current statistics of the business, and daily statistics of the last thirty days."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.application.views.see_month import DAYS, PlanLine
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import DayNumbers
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.spans import day_edges, total
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True, kw_only=True)
class TokenLine:
    """Numbers of a plan's activation codes in one campaign: codes created, links opened, codes activated, and customers
    who joined the chat.

    The campaign's name may be empty.
    """

    plan: str
    campaign: str
    codes: int
    openings: int
    activations: int
    joins: int


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Statistics of the business.

    revenue: revenue of the last thirty days, one amount per currency
    days: statistics of each day, oldest first, today last
    """

    active: int
    new: int
    churn: int
    revenue: tuple[Money, ...]
    plans: tuple[PlanLine, ...]
    tokens: tuple[TokenLine, ...]
    days: tuple[DayNumbers, ...]


@dataclass(frozen=True)
class SeeNumbers:
    """Use case that returns the current statistics, and those of each day in the operator's time zone."""

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk

    @reads(StaffAction.SEE_NUMBERS)
    async def __call__(self, uow: UnitOfWork, zone: ZoneInfo) -> Numbers:
        """Return the statistics. `zone`: time zone in which a day begins. Raises NotAllowed if the actor lacks the
        permission.
        """
        edges = day_edges(self.clock.now(), zone, DAYS)
        plans = {plan.id: plan.label for plan in await uow.plans.all(active_only=False)}
        by_plan = await uow.numbers.plans(edges[0])
        days = await uow.numbers.days(edges)
        tokens = await uow.of(TOKENS_KEY).counts()
        return Numbers(
            active=sum(line.active for line in by_plan),
            new=sum(line.new for line in by_plan),
            churn=sum(line.churn for line in by_plan),
            revenue=total(days),
            plans=tuple(
                PlanLine(plan=plans.get(line.plan_id, "?"), active=line.active, new=line.new, churn=line.churn)
                for line in by_plan
            ),
            tokens=tuple(
                TokenLine(
                    plan=plans.get(line.plan_id, "?"),
                    campaign=line.campaign,
                    codes=line.codes,
                    openings=line.openings,
                    activations=line.activations,
                    joins=line.joins,
                )
                for line in tokens
            ),
            days=tuple(days),
        )
