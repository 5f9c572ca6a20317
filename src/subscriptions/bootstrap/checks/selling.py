"""What is missing before anything can be sold."""

from collections.abc import Iterator, Mapping, Sequence

from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.checks.finding import Finding
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


def lacking_in_settings(environ: Mapping[str, str]) -> Sequence[Finding]:
    """Settings that processes start without, and nobody should sell without."""
    wanted = {
        "owners": "ADMIN_TELEGRAM_IDS",
        "senders": "SENDER_BOT_TOKENS",
        "legal_identity": "LEGAL_IDENTITY",
        "support_contact": "SUPPORT_CONTACT",
    }
    return [
        Finding(about="selling", problem=f"no_{what}", setting=name)
        for what, name in wanted.items()
        if not (environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())
    ]


async def lacking_in_database(units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> Sequence[Finding]:
    """What the operator has to put there: a plan, an account, room for channels, the promotion that the policy names.
    Raises what the database does.
    """
    async with units() as uow:
        plans = await uow.plans.all()
        accounts = await uow.accounts.all()
        forecast = await pool_forecast(uow, accounts, clock.now())
        code = policy.win_back_promotion
        offer = await uow.promotions.by_code(code) if code else None
    found = [Finding(about="selling", problem=problem) for problem in _lacking(plans, accounts, forecast.left)]
    if code and (offer is None or not offer.running(clock.now())):
        facts = {"code": code}
        found.append(Finding(about="selling", problem="no_promotion", setting="WIN_BACK_PROMOTION", facts=facts))
    return found


def _lacking(plans: Sequence[ServicePlan], accounts: Sequence[object], left: int) -> Iterator[str]:
    if not plans:
        yield "no_plan"
    elif all(plan.is_shared for plan in plans):
        # Nobody is to have a channel of their own.
        return
    if not accounts:
        yield "no_account"
    elif left <= 0:
        yield "no_room"
