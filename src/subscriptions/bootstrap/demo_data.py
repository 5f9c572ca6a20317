"""The sample data of the demo: what a newcomer finds on offer."""

from collections.abc import Mapping, Sequence
from typing import Final

from subscriptions.application.handlers.manage_plans import NewPlan
from subscriptions.bootstrap.operator import add_account, operator
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money

PLANS: Final = (
    NewPlan(
        name="Retabet",
        emoji="🎰",
        description="Recibe alertas de valor en tiempo real para Retabet, en tu propio canal privado.",
        price=Money(2999, "EUR"),
        position=1,
    ),
    NewPlan(
        name="Sportium",
        emoji="⚽",
        description="Recibe alertas de valor en tiempo real para Sportium, en tu propio canal privado.",
        price=Money(2999, "EUR"),
        position=2,
    ),
    NewPlan(
        name="Bet365",
        emoji="🎲",
        description="Recibe alertas de valor en tiempo real para Bet365, en tu propio canal privado.",
        price=Money(2999, "EUR"),
        position=3,
    ),
    NewPlan(
        name="VIP Mensual",
        emoji="⭐",
        description="Todos los picks de la semana en el canal VIP, con la comunidad.",
        price=Money(999, "USD"),
        access=AccessKind.VIP_CHANNEL,
        duration_days=30,
        position=4,
    ),
)


async def seed(environ: Mapping[str, str], accounts: Sequence[tuple[str, str, str]], owner: int) -> None:
    """Put the sample plans and the userbot accounts there, where they are missing.

    accounts: phone, session string and label of each. owner: the operator's Telegram id. Prices are made at every
    provider that is configured.
    """
    async with operator(environ) as container:
        for plan in PLANS:
            await container.plans().add_if_new(plan, TelegramId(owner))
        for provider in container.core.gateways().enabled():
            await container.sync_prices()(provider)
    for phone, session, label in accounts:
        await add_account(environ, phone, session, label)
