"""Lookup of an active plan by its slug, shared by several dialogues."""

from bot.panel.visit import Visit
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.ids import PlanId


async def plan_of(visit: Visit, soft_id: str) -> PlanId:
    """Return the id of the active plan with this slug. Raises Wrong if there is no such plan."""
    service_plan = next((plan for plan in await visit.use.pricing().get_all_plans() if plan.soft_id == soft_id), None)
    if service_plan is None:
        raise Wrong("plan", question="plan")
    return service_plan.id
