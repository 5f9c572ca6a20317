"""«Cambiar de plan»: the offers, the price of a plan change, the change itself, and the cancellation of a scheduled
change.
"""

from dataclasses import dataclass

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import offers_more, say, show, take_away, unbutton
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import change as screens
from bot.texts import Texts
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.offered_changes import (
    BeingBought,
    NothingToChange,
    NotThere,
    QuoteOutdated,
)
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.payment_gateway import ChargeDeclined, GatewayError, GatewayUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ChangeDesk:
    """Use cases of a plan change, combined to return the screen of each step and of each refusal."""

    change_plan: ChangePlan

    async def choose(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the screen with the plans that the subscription to `soft_id` can be changed to."""
        offers = await self.change_plan.offers(customer.telegram_id)
        plans_beside = [
            item for item in await self.change_plan.list_beside(customer.telegram_id) if item.from_soft_id == soft_id
        ]
        return screens.choose(t, [offer for offer in offers if offer.from_soft_id == soft_id], plans_beside)

    async def which(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the screen that asks which of several subscriptions to change to `soft_id`."""
        offers = await self.change_plan.offers(customer.telegram_id)
        matches = [offer for offer in offers if offer.to_soft_id == soft_id]
        return screens.which(t, matches) if matches else await self._impossible(customer, t, soft_id)

    async def quote(
        self, customer: Customer, t: Texts, soft_id: str, subscription: str, lead: str | None = None
    ) -> Screen:
        """Return the screen with the price of a change to `soft_id`, fetched from the provider. lead: line above the
        text.
        """
        try:
            return screens.quote(t, await self.change_plan.quote(customer.telegram_id, subscription, soft_id), lead)
        except NotThere:
            return screens.notice(t, "not_there")
        except BeingBought:
            return screens.notice(t, "being_bought")
        except NothingToChange:
            return await self._impossible(customer, t, soft_id)
        except GatewayError as error:
            return self._failure_screen(t, error, callbacks.switch(soft_id, subscription))

    async def confirm(self, customer: Customer, t: Texts, soft_id: str, subscription: str, as_of: str) -> Screen | None:
        """Change the plan. Return None if the change is completed or scheduled for the renewal; in that case, a notice
        confirms the change.
        """
        try:
            await self.change_plan(customer.telegram_id, subscription, soft_id, callbacks.moment_in(as_of))
            return None
        except BeingBought:
            return screens.notice(t, "being_bought")
        except NothingToChange:
            return await self._impossible(customer, t, soft_id)
        except QuoteOutdated:
            return await self.quote(customer, t, soft_id, subscription, t("change.outdated"))
        except ChargeDeclined as refusal:
            log.info("change of plan declined", customer=str(customer.id), reason=str(refusal))
            offers = await self.change_plan.offers(customer.telegram_id)
            mine = next((offer.from_name for offer in offers if offer.subscription == subscription), "")
            return screens.decline(t, mine, soft_id, subscription)
        except GatewayError as error:
            return self._failure_screen(t, error, f"sw_ok_{soft_id}_{subscription}_{as_of}")

    async def keep(self, customer: Customer, t: Texts, soft_id: str) -> tuple[Screen | None, bool]:
        """Cancel a scheduled change. The returned screen is None if a notice confirms the cancellation.

        The returned flag is True if the screen must be sent as a new message, because the pressed message is still
        valid.
        """
        try:
            has_undone = await self.change_plan.undo(customer.telegram_id, soft_id)
        except NothingToChange:
            return screens.notice(t, "impossible"), False
        except GatewayError as error:
            return self._failure_screen(t, error, callbacks.keep_plan(soft_id)), False
        return (None, False) if has_undone is None else (screens.keep_there(t, has_undone), True)

    async def _impossible(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the refusal of a change that is no longer offered. If the customer already has the target plan, the
        refusal says so.
        """
        plans_beside = [
            item for item in await self.change_plan.list_beside(customer.telegram_id) if item.to_soft_id == soft_id
        ]
        return screens.plans_beside(t, plans_beside) if plans_beside else screens.notice(t, "impossible")

    def _failure_screen(self, t: Texts, error: GatewayError, data: str) -> Screen:
        log.warning("change of plan not confirmed", reason=str(error))
        return screens.failure(t, data) if isinstance(error, GatewayUnavailable) else screens.notice(t, "impossible")


def change_router() -> Router:
    """Return the router of plan changes."""
    router = Router(name="change")
    router.callback_query.register(_choose, PressFilter(callbacks.CHANGE_PATTERN))
    router.callback_query.register(_which, PressFilter(callbacks.SWITCH_FROM_PATTERN))
    router.callback_query.register(_quote, PressFilter(callbacks.SWITCH_PATTERN))
    router.callback_query.register(_confirm, PressFilter(callbacks.CONFIRM_SWITCH_PATTERN))
    router.callback_query.register(_keep, PressFilter(callbacks.KEEP_PLAN_PATTERN), flags=KEEPS_MESSAGE)
    return router


async def _choose(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, change_desk: ChangeDesk
) -> None:
    await show(callback, await change_desk.choose(customer, t, soft_id), bot)


async def _which(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, change_desk: ChangeDesk
) -> None:
    await show(callback, await change_desk.which(customer, t, soft_id), bot)


async def _quote(
    callback: CallbackQuery,
    soft_id: str,
    subscription: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    change_desk: ChangeDesk,
) -> None:
    await show(callback, await change_desk.quote(customer, t, soft_id, subscription), bot)


async def _confirm(
    callback: CallbackQuery,
    soft_id: str,
    subscription: str,
    as_of: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    change_desk: ChangeDesk,
) -> None:
    screen = await change_desk.confirm(customer, t, soft_id, subscription, as_of)
    await (take_away(callback) if screen is None else show(callback, screen, bot))


async def _keep(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    change_desk: ChangeDesk,
    status_card: StatusCard,
) -> None:
    screen, keyboard = await change_desk.keep(customer, t, soft_id)
    if screen is not None and keyboard:
        await say(bot, callback.from_user.id, screen)
        return
    if screen is None and not offers_more(callback, {callbacks.keep_plan(soft_id)}):
        await unbutton(callback)
        return
    if screen is not None:
        await show(callback, screen, bot)
        return
    await status_card.show(callback, customer, t, bot)
