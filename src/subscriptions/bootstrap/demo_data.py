"""Sample data of the demo."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from subscriptions.application.catalog.manage_plans import NewPlan
from subscriptions.application.catalog.price_plan import SetMethodPrice
from subscriptions.application.staff.actor import SHELL
from subscriptions.bootstrap.operator import OperatorContainer, add_account, operator
from subscriptions.domain.entities.service_plan import soft_id_from
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money

PLANS: Final = (
    NewPlan(
        name="Retabet",
        emoji="🎰",
        description="Recibe alertas de valor en tiempo real para Retabet, en tu propio canal privado.",
        texts={
            "en": {"description": "Value alerts for Retabet as they happen, in a private channel of your own."},
            "pt": {"description": "Recebe alertas de valor em tempo real para Retabet, no teu próprio canal privado."},
            "pt-br": {"description": "Alertas de valor em tempo real para Retabet, no seu canal privado."},
        },
        price=Money(2999, "EUR"),
        position=1,
    ),
    NewPlan(
        name="Sportium",
        emoji="⚽",
        description="Recibe alertas de valor en tiempo real para Sportium, en tu propio canal privado.",
        texts={
            "en": {"description": "Value alerts for Sportium as they happen, in a private channel of your own."},
            "pt": {"description": "Recebe alertas de valor em tempo real para Sportium, no teu próprio canal privado."},
            "pt-br": {"description": "Alertas de valor em tempo real para Sportium, no seu canal privado."},
        },
        price=Money(2999, "EUR"),
        position=2,
    ),
    NewPlan(
        name="Bet365",
        emoji="🎲",
        description="Recibe alertas de valor en tiempo real para Bet365, en tu propio canal privado.",
        texts={
            "en": {"description": "Value alerts for Bet365 as they happen, in a private channel of your own."},
            "pt": {"description": "Recebe alertas de valor em tempo real para Bet365, no teu próprio canal privado."},
            "pt-br": {"description": "Alertas de valor em tempo real para Bet365, no seu canal privado."},
        },
        price=Money(2999, "EUR"),
        position=3,
    ),
    NewPlan(
        name="VIP Mensual",
        emoji="⭐",
        description="Todos los picks de la semana en el canal VIP, con la comunidad.",
        texts={
            "en": {
                "name": "Monthly VIP",
                "description": "Every pick of the week in the VIP channel, with everybody else.",
            },
            "pt": {"name": "VIP Mensal", "description": "Todos os picks da semana no canal VIP, com a comunidade."},
            "pt-br": {"name": "VIP Mensal", "description": "Todos os palpites da semana no canal VIP, com a galera."},
        },
        price=Money(999, "USD"),
        opens=("vip",),
        duration_days=30,
        position=4,
    ),
)

PLANS_ALONE: Final = (
    NewPlan(
        name="Canal",
        emoji="📣",
        description="Todos los picks de la semana en el canal de Retador.",
        texts={
            "en": {"name": "Channel", "description": "Every pick of the week in Retador's channel."},
            "pt": {"description": "Todos os picks da semana no canal do Retador."},
        },
        price=Money(999, "USD"),
        opens=("canal",),
        duration_days=30,
        position=1,
    ),
    NewPlan(
        name="Completo",
        emoji="⭐",
        description="El canal con los picks y el grupo donde los comentamos.",
        texts={
            "en": {
                "name": "Everything",
                "description": "The channel with the picks, and the group to talk of them.",
            },
            "pt": {"description": "O canal com os picks e o grupo onde os comentamos."},
        },
        price=Money(1999, "EUR"),
        opens=("canal", "grupo"),
        position=2,
    ),
)
"""Plans of the demo without a userbot. Their chats are added as resources beforehand."""

UNITS_ELSEWHERE: Final[Mapping[str, int]] = {"XTR": 50}
"""Demo price in another currency for each euro or dollar of a sample plan's price, keyed by that currency. It is used
for payment methods that accept neither euros nor dollars.
"""


async def seed(
    environ: Mapping[str, str],
    accounts: Sequence[tuple[str, str, str]],
    owner: int,
    plans: Sequence[NewPlan] = PLANS,
) -> None:
    """Add the missing sample plans and userbot accounts, and create price objects at every configured provider.

    Providers that charge in another currency get separate prices.

    accounts: phone number, session string and label of each account
    owner: operator's Telegram id
    """
    async with operator(environ) as container:
        for plan in plans:
            await container.plans().add_if_new(plan, TelegramId(owner))
        for provider in container.core.gateways().enabled_names():
            await _price_in_its_own_currency(container, provider, plans)
            await container.sync_prices()(provider)
    for phone, session, label in accounts:
        await add_account(environ, phone, session, label)


async def _price_in_its_own_currency(container: OperatorContainer, provider: str, plans: Sequence[NewPlan]) -> None:
    """Set prices in the provider's currency for the sample plans whose currency the provider cannot charge."""
    currencies = container.core.gateways().descriptors()[provider].currencies
    for plan in plans:
        if currencies is None or plan.price.currency in currencies:
            continue
        for currency in sorted(currencies & UNITS_ELSEWHERE.keys()):
            own = Money(-(-plan.price.minor * UNITS_ELSEWHERE[currency] // 100), currency)
            soft_id, answers = soft_id_from(plan.name), {"method": provider, "price": f"{own.plain} {own.currency}"}
            await container.run_command()(SHELL, SetMethodPrice.name, soft_id, answers, uuid4())
