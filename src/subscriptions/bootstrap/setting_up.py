"""Steps of the setup, at a terminal and in the browser: registration of webhooks, creation of the first plan, and
detection of the first sale.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.catalog.manage_plans import NewPlan
from subscriptions.application.catalog.plan_input import CURRENCY, clean_name, read_price
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.new_settings import setting_names
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.sealed_settings import OWNERS
from subscriptions.bootstrap.token_settings import settings_from_token
from subscriptions.domain.entities.service_plan import NAME_LIMIT, Interval
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import AmbiguousAmount, with_codes
from subscriptions.domain.ports.payment_gateway import (
    Enrolment,
    GatewayRejected,
    GatewayUnavailable,
    KnowsWebhooks,
    RegistersWebhooks,
)
from subscriptions.domain.ports.repositories.inbox import Origin
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory, installed_gateways
from subscriptions.infrastructure.telegram.bot_desk import BotIdentity

__all__ = [
    "Sale",
    "answers_of_bot",
    "explain_mistake",
    "first_owner",
    "first_plan",
    "has_plan_and_account",
    "offer_plan",
    "offers",
    "plan_of",
    "read_plan",
    "register",
    "sale_after",
    "setting_names",
]

BRAND: Final = "BRAND_NAME"
PLAN: Final = "PLAN"
_LOOK_S: Final = 1.0
_PERIODS: Final = {
    **dict.fromkeys(("día", "dia", "day"), Interval.DAY),
    **dict.fromkeys(("semana", "week"), Interval.WEEK),
    **dict.fromkeys(("mes", "mês", "month"), Interval.MONTH),
    **dict.fromkeys(("año", "ano", "year"), Interval.YEAR),
}
_PLAN: Final = re.compile(
    rf"(?P<name>.+?)[,;:]?\s+(?P<price>{CURRENCY}\s?[\d.,]+|[\d.,]+\s?(?!(?:por|per)\b){CURRENCY})"
    r"(?:\s+(?:(?:al|por|a|per|cada|every|/)\s+)?(?P<period>\w+)|\s*/\s*(?P<short>\w+))?\Z"
)


class Sale:
    """First sale after the setup. `by_webhook`: True if a webhook reported the payment; False if a fetch found it."""

    def __init__(self, providers: Sequence[str], by_webhook: bool) -> None:
        self.providers, self.by_webhook = providers, by_webhook


def offers() -> Mapping[str, Enrolment]:
    """Return the payment methods that `umbral init` can set up, keyed by provider code, easiest first."""
    enrolments = {code: each.enrolment for code, each in installed_gateways().items()}
    offered = {code: enrolment for code, enrolment in enrolments.items() if enrolment is not None}
    return {code: offered[code] for code in sorted(offered, key=_ease)}


def _ease(code: str) -> tuple[bool, int, str]:
    """Return the sort key of a provider by ease of setup: first the providers whose key has a known prefix, then those
    with the most capabilities.
    """
    descriptor = installed_gateways()[code]
    knows_key = descriptor.enrolment is not None and bool(descriptor.enrolment.begins)
    return not knows_key, -len(descriptor.capabilities), code


def provider_name(code: str) -> str:
    """Return the display name of a provider."""
    return installed_gateways()[code].list_name


def read_plan(text: str, usual_name: str = "") -> NewPlan:
    """Parse a plan such as `Name 29,90 EUR al mes`. The interval defaults to a month; the currency is required.

    `usual_name`: default name of the plan.

    Raises InvalidInput naming the invalid part: `plan`, `name`, `price`, `currency` or `period`.
    """
    typed = with_codes(" ".join(text.split()))
    match = _PLAN.match(typed) or _PLAN.match(f"{usual_name} {typed}" if usual_name else "")
    if match is None:
        raise InvalidInput("plan", "…")
    word = (match["period"] or match["short"] or "mes").casefold()
    if word not in _PERIODS:
        raise InvalidInput("period", word)
    return NewPlan(
        name=clean_name(match["name"]),
        emoji="⭐",
        description="",
        price=read_price(match["price"]),
        interval=_PERIODS[word],
    )


async def register(environ: Mapping[str, str], code: str, address: str) -> Mapping[str, str] | Problem:
    """Register a webhook with a provider. Return the settings to save, such as the signing secret, or a Problem if the
    webhook must be registered manually.

    environ: complete settings, with placeholders for values that the provider returns
    address: URL of Umbral's webhook endpoint for this provider
    """
    gateways = GatewayFactory(environ, SystemClock())
    gateway, detail, problem = gateways.get(code), "", "webhook_by_hand"
    try:
        if isinstance(gateway, KnowsWebhooks) and any(
            each.url.rstrip("/") == address for each in await gateway.webhook_endpoints()
        ):
            # The provider showed the secret only once, when the webhook was created.
            problem = "webhook_there"
        elif isinstance(gateway, RegistersWebhooks):
            return await gateway.register_webhook(address)
    except (GatewayRejected, GatewayUnavailable) as error:
        problem, detail = "webhook_refused", str(error)
    finally:
        await gateways.aclose()
    return Problem(subject=code, code=problem, facts={"address": address, "detail": detail})


async def has_plan_and_account(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Return two flags: True if a plan is on sale, and True if a userbot account is in service."""
    async with operator(environ) as container, container.units()() as uow:
        return bool(await uow.plans.all()), any(account.in_service for account in await uow.accounts.all())


async def first_plan(environ: Mapping[str, str], plan: NewPlan, owner: int | None) -> None:
    """Add a plan, put it on sale, and create its price object at each provider. Raises InvalidInput and the providers'
    errors.
    """
    async with operator(environ) as container:
        await container.plans().add_if_new(plan, TelegramId(owner) if owner is not None else None)
        for provider in container.core.gateways().enabled_names():
            await container.sync_prices()(provider)


def plan_of(text: str, usual_name: str, opens: str) -> NewPlan | Problem:
    """Parse the text of the first plan. Return the plan, or the problem with the text. `opens`: slug of the resource
    that the plan includes; empty for none.
    """
    try:
        plan = read_plan(text, usual_name)
    except AmbiguousAmount as error:
        return Problem(subject="plan", code="plan_price_twofold", setting=PLAN, facts=error.readings)
    except InvalidInput as error:
        return _plan_problem(error)
    return replace(plan, opens=(opens,)) if opens else plan


def first_owner(environ: Mapping[str, str]) -> int | None:
    """Return the Telegram id of the first owner that the settings name; None if they name none."""
    owner = environ.get(OWNERS, "").split(",")[0].strip()
    return int(owner) if owner.isdecimal() else None


async def offer_plan(environ: Mapping[str, str], plan: NewPlan) -> Problem | None:
    """Activate the first plan. Return None on success, otherwise the problem that prevented it."""
    try:
        await first_plan(environ, plan, first_owner(environ))
    except InvalidInput as error:
        return _plan_problem(error)
    except UmbralError as error:
        return Problem(subject="plan", code="plan_stopped", setting=PLAN, facts={"detail": str(error)})
    return None


def _plan_problem(error: InvalidInput) -> Problem:
    field = error.field if error.field in {"name", "price", "currency", "period"} else "unread"
    facts = {"detail": error.problem, "limit": str(NAME_LIMIT)}
    return Problem(subject="plan", code=f"plan_{field}", setting=PLAN, facts=facts)


def answers_of_bot(token: str, bot: BotIdentity) -> dict[str, str]:
    """Return the settings derived from the bot: the settings of features, and the bot's name as the brand."""
    return {**settings_from_token(token), BRAND: bot.name}


def explain_mistake(value: str, enrolment: Enrolment, language: str) -> str | None:
    """Return the explanation for a key that is often entered by mistake instead of the requested one; None for any
    other key.
    """
    said = (words for start, words in enrolment.mistaken.items() if value.startswith(start))
    return next((words.get(language) or words["en"] for words in said), None)


async def sale_after(environ: Mapping[str, str], began: datetime | None = None) -> Sale:
    """Wait, without a time limit, for the first payment since `began` that counts. `began`: None means now."""
    async with operator(environ) as container:
        clock = container.core.clock()
        start, is_sold = began or clock.now(), False
        while not is_sold:
            await asyncio.sleep(_LOOK_S)
            # The database may restart meanwhile. Payments that count have a receipt.
            with suppress(RetryLater):
                async with container.units()() as uow:
                    is_sold = bool(await uow.receipts.list_between(start, clock.now() + timedelta(days=1)))
        providers = container.core.gateways().enabled_names()
        async with container.units()() as uow:
            event_counts = [(await uow.inbox.count_received(provider, Origin.TOLD, start))[0] for provider in providers]
        return Sale(providers, any(event_counts))
