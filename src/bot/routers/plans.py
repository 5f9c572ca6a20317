"""The list of plans and a plan's card."""

import structlog
from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import show
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens import plans as screens
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanUnavailable
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import LIVE

log = structlog.get_logger(__name__)


class PlanDesk:
    """Finds the card of a plan for the person who looks at it."""

    def __init__(
        self,
        *,
        browse_plans: BrowsePlans,
        show_status: ShowStatus,
        card: StatusCard,
        change_plan: ChangePlan,
        support: str = "",
    ) -> None:
        self._browse_plans = browse_plans
        self._show_status = show_status
        self._card = card
        self._change_plan = change_plan
        self._support = support

    async def card(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Ready to be bought; how it stands, for who has it or paid for it already."""
        view = await self._show_status(customer.telegram_id)
        mine = next((item for item in view.live if item.soft_id == soft_id and item.status in LIVE), None)
        try:
            plan = await self._browse_plans.one(soft_id)
        except PlanUnavailable:
            return screens.unavailable(t) if mine is None else await self._card.of(customer, t)
        offers = await self._change_plan.offers(customer.telegram_id)
        if mine is not None:
            changeable = any(offer.from_soft_id == soft_id for offer in offers)
            return screens.owned_card(t, plan, mine, view.vip, changeable=changeable)
        held = next((item for item in view.reviews if item.soft_id == soft_id and item.holds), None)
        if held is not None:
            return checkout_screens.under_review(t, held, self._support)
        return screens.plan_card(t, plan, [offer for offer in offers if offer.to_soft_id == soft_id])


def plans_router() -> Router:
    """/planes and everything that leads back to the list."""
    router = Router(name="plans")
    router.message.register(_list, Command("planes", "plans"))
    router.callback_query.register(_list, Pressed(f"{callbacks.PLAN_LIST}|{callbacks.BACK_TO_PLANS}"))
    router.callback_query.register(_card, Pressed(callbacks.PLAN_SELECT_PATTERN))
    return router


async def _list(event: Message | CallbackQuery, t: Texts, bot: Bot, browse_plans: BrowsePlans) -> None:
    await show(event, screens.plan_list(t, await browse_plans.all()), bot)


async def _card(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, plan_desk: PlanDesk
) -> None:
    await show(callback, await plan_desk.card(customer, t, soft_id), bot)
