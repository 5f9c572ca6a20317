"""Check that everything needed to sell plans is configured."""

from collections.abc import Mapping, Sequence

from subscriptions.application.accounts.account_need import plans_by_account
from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.catalog.see_methods import is_telegrams
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.processes import APPLICATION, has_userbot
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    ChecksPrices,
    GatewayRegistry,
    GatewayRejected,
    GatewayUnavailable,
)
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.method_policy import offered_methods


def lacking_in_settings(environ: Mapping[str, str]) -> Sequence[Problem]:
    """Return a problem for each missing setting that is optional but should be set before selling.

    Sender bots are only required with a userbot: without a userbot, the operator may publish posts manually.
    """
    needs = {
        "owners": "ADMIN_TELEGRAM_IDS",
        **({"senders": "SENDER_BOT_TOKENS"} if has_userbot(environ) else {}),
        "legal_identity": "LEGAL_IDENTITY",
        "support_contact": "SUPPORT_CONTACT",
    }
    return [
        Problem(subject="selling", code=f"no_{what}", setting=name)
        for what, name in needs.items()
        if not (environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())
    ]


async def lacking_in_database(
    units: UnitOfWorkFactory, clock: Clock, policy: Policy, *, userbot: bool
) -> Sequence[Problem]:
    """Return the problems in the database: no plan, no account, no capacity for channels, an unknown promotion named by
    the policy, or a plan that needs a userbot without one.

    `userbot`: True if a userbot is configured.

    Raises the errors of the database.
    """
    async with units() as uow:
        plans = await uow.plans.all()
        by_account = await plans_by_account(uow, plans)
        accounts = await uow.accounts.all()
        forecast = await pool_forecast(uow, accounts, clock.now())
        code = policy.win_back_offer
        offer = await uow.of(DISCOUNTS_KEY).by_code(code) if code else None
    problems = [] if plans else [Problem(subject="selling", code="no_plan")]
    if by_account and not userbot:
        plan_facts = {"plans": ", ".join(plan.soft_id for plan in by_account)}
        problems.append(Problem(subject="selling", code="no_userbot", setting=APPLICATION[0], facts=plan_facts))
    elif userbot and (by_account or not plans) and not accounts:
        problems.append(Problem(subject="selling", code="no_account"))
    elif userbot and (by_account or not plans) and forecast.channels_left <= 0:
        problems.append(Problem(subject="selling", code="no_room"))
    if code and (offer is None or not offer.is_running(clock.now())):
        facts = {"code": code}
        problems.append(Problem(subject="selling", code="no_promotion", setting="WIN_BACK_PROMOTION", facts=facts))
    return problems


async def contradicted_on_phones(
    units: UnitOfWorkFactory, gateways: GatewayRegistry, policy: Policy
) -> Sequence[Problem]:
    """Return a problem if the policy permits only Telegram's currency on phones, and no enabled payment method accepts
    that currency. Raises the errors of the database.
    """
    if not policy.telegram_currency_alone_on_phones:
        return []
    async with units() as uow:
        methods = offered_methods(gateways.enabled_names(), await uow.payment_methods.all())
    if any(is_telegrams(gateways, code) for code in methods):
        return []
    return [Problem(subject="selling", code="no_telegram_currency", setting="TELEGRAM_CURRENCY_ALONE_ON_PHONES")]


async def refused_at_providers(units: UnitOfWorkFactory, gateways: GatewayRegistry) -> Sequence[Problem]:
    """Return a problem for each plan on sale that a provider with price objects would refuse, or whose price object is
    missing there. Asks every such provider about every plan, and changes nothing. A provider that does not answer has
    a problem of its own. Raises the errors of the database.
    """
    async with units() as uow:
        plans = [plan for plan in await uow.plans.all() if not plan.free]
        methods = offered_methods(gateways.enabled_names(), await uow.payment_methods.all())
        asked = [(plan, code, await uow.plans.price_at(plan.id, code)) for code in methods for plan in plans]
    problems = list[Problem]()
    for plan, code, price in asked:
        gateway = gateways.get(code)
        reference = price.external_price_id if price is not None else None
        currency = (price.price if price is not None and price.price is not None else plan.price).currency
        if not isinstance(gateway, ChecksPrices) or not gateways.descriptors()[code].takes(currency):
            continue
        facts = {"plan": plan.soft_id, "provider": code}
        if reference is None:
            problems.append(Problem(subject=f"plan {plan.soft_id}", code="plan_unpriced", facts=facts))
            continue
        try:
            fault = await gateway.find_price_fault(reference)
        except (GatewayRejected, GatewayUnavailable) as error:
            fault = str(error)
        if fault is not None:
            facts["detail"] = fault
            problems.append(Problem(subject=f"plan {plan.soft_id}", code="plan_refused", facts=facts))
    return problems
