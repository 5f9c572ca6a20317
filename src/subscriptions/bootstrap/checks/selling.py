"""What is missing before anything can be sold."""

from collections.abc import Mapping, Sequence

from subscriptions.application.accounts.account_need import plans_by_account
from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.catalog.see_methods import is_telegrams
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.checks.finding import Finding
from subscriptions.bootstrap.processes import APPLICATION, has_userbot
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.method_policy import offered_methods


def lacking_in_settings(environ: Mapping[str, str]) -> Sequence[Finding]:
    """Settings that processes start without, and nobody should sell without. In chats of the operator's own, where the
    bot works alone, the operator may be the one who posts."""
    needs = {
        "owners": "ADMIN_TELEGRAM_IDS",
        **({"senders": "SENDER_BOT_TOKENS"} if has_userbot(environ) else {}),
        "legal_identity": "LEGAL_IDENTITY",
        "support_contact": "SUPPORT_CONTACT",
    }
    return [
        Finding(subject="selling", problem=f"no_{what}", setting=name)
        for what, name in needs.items()
        if not (environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())
    ]


async def lacking_in_database(
    units: UnitOfWorkFactory, clock: Clock, policy: Policy, *, userbot: bool
) -> Sequence[Finding]:
    """What the operator has to put there: a plan, an account, room for channels, the promotion that the policy names;
    and a userbot in the settings where a plan needs one. userbot: whether it is there. Raises what the database does.
    """
    async with units() as uow:
        plans = await uow.plans.all()
        by_account = await plans_by_account(uow, plans)
        accounts = await uow.accounts.all()
        forecast = await pool_forecast(uow, accounts, clock.now())
        code = policy.win_back_promotion
        offer = await uow.promotions.by_code(code) if code else None
    findings = [] if plans else [Finding(subject="selling", problem="no_plan")]
    if by_account and not userbot:
        plan_facts = {"plans": ", ".join(plan.soft_id for plan in by_account)}
        findings.append(Finding(subject="selling", problem="no_userbot", setting=APPLICATION[0], facts=plan_facts))
    elif userbot and (by_account or not plans) and not accounts:
        findings.append(Finding(subject="selling", problem="no_account"))
    elif userbot and (by_account or not plans) and forecast.channels_left <= 0:
        findings.append(Finding(subject="selling", problem="no_room"))
    if code and (offer is None or not offer.is_running(clock.now())):
        facts = {"code": code}
        findings.append(Finding(subject="selling", problem="no_promotion", setting="WIN_BACK_PROMOTION", facts=facts))
    return findings


async def contradicted_on_phones(
    units: UnitOfWorkFactory, gateways: GatewayRegistry, policy: Policy
) -> Sequence[Finding]:
    """Where Telegram's currency alone is taken on phones, and nothing takes it. Raises what the database does."""
    if not policy.telegram_currency_alone_on_phones:
        return []
    async with units() as uow:
        methods = offered_methods(gateways.enabled(), await uow.payment_methods.all())
    if any(is_telegrams(gateways, code) for code in methods):
        return []
    return [Finding(subject="selling", problem="no_telegram_currency", setting="TELEGRAM_CURRENCY_ALONE_ON_PHONES")]
