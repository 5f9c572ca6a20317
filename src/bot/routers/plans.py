"""Buttons and command that show the list of plans and the card of a plan."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks, consent
from bot.callbacks import PressFilter
from bot.commands import command_filter
from bot.paying import ShowStep, Step
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens import plans as screens
from bot.screens.plans import PlanButtons, ReadPlanLines, no_buttons
from bot.texts import Texts
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.alarms.shared_alarms import CheckoutRejected
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanUnavailable, PlanView
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.purchase_terms import NotTheirs
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.checkout.start_checkout import CheckoutView, StartCheckout
from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.offered_changes import ChangeOffer
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import LIVE
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError, GatewayRegistry, GatewayRejected
from subscriptions.domain.services.withdrawal_policy import Declarations

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 5.0
"""Maximum number of seconds that a plan's card waits for its checkout."""


class OpenCardCheckout:
    """Use case that opens the checkout for a plan's card if the customer has no further choice to make."""

    def __init__(
        self,
        start_checkout: StartCheckout,
        report_problem: ReportProblem,
        clock: Clock,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._start_checkout = start_checkout
        self._report_problem = report_problem
        self._clock = clock
        self._patience_s = patience_s
        self._opening = set[asyncio.Task[CheckoutView | None]]()

    async def __call__(self, customer: Customer, plan: PlanView, method: str | None = None) -> CheckoutView | None:
        """Return the checkout, or None if there is none yet. In that case, «Suscribirse» tries again and shows the
        reason. A slow provider does not delay the card: after the timeout, the checkout is still opened in the
        background for a later request.

        method: payment method; None for the first method in the operator's order.
        """
        opening = asyncio.create_task(self._open(customer, plan, method))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        await asyncio.wait({opening}, timeout=self._patience_s)
        return opening.result() if opening.done() else None

    async def _open(self, customer: Customer, plan: PlanView, method: str | None) -> CheckoutView | None:
        try:
            return await self._start_checkout(customer.telegram_id, plan.soft_id, method, is_preview=True)
        except GatewayRejected as error:
            log.error("payment provider refuses a checkout", plan=plan.soft_id, reason=str(error))
            # Many customers may see the card, so the alarm is raised once per day.
            key = f"checkout:{plan.soft_id}:{self._clock.now():%Y-%m-%d}"
            await self._report_problem(
                key,
                CheckoutRejected(
                    telegram_id=customer.telegram_id,
                    plan=plan.soft_id,
                    provider=error.provider,
                    reason=str(error),
                ),
            )
        except (UmbralError, GatewayError) as error:
            log.info("card without a place to pay", plan=plan.soft_id, reason=str(error), why=type(error).__name__)
        return None


class PlanDesk:
    """Use cases of plans, combined to return the list and the card for a customer."""

    def __init__(
        self,
        *,
        browse_plans: BrowsePlans,
        show_offers: ShowOffers,
        show_status: ShowStatus,
        card: StatusCard,
        change_plan: ChangePlan,
        choose_method: ChooseMethod,
        open_card_checkout: OpenCardCheckout,
        gateways: GatewayRegistry,
        policy: Policy,
        support: str = "",
        read_lines: ReadPlanLines | None = None,
        plan_buttons: PlanButtons = no_buttons,
    ) -> None:
        """read_lines: reader of features' lines on the card of a plan for sale
        plan_buttons: function that returns features' buttons on plans' cards
        """
        self._browse_plans = browse_plans
        self._show_offers = show_offers
        self._show_status = show_status
        self._card = card
        self._change_plan = change_plan
        self._choose_method = choose_method
        self._open_card_checkout = open_card_checkout
        self._gateways = gateways
        self._policy = policy
        self._support = support
        self._read_lines = read_lines
        self._plan_buttons = plan_buttons

    async def list(self, t: Texts, customer: Customer) -> Step:
        """Return the list of plans, or the plan's card if there is only one plan."""
        plans = await self._show_offers(customer.telegram_id)
        return await self.card(customer, t, plans[0].soft_id) if len(plans) == 1 else Step(screens.plan_list(t, plans))

    async def welcome(self, t: Texts, customer: Customer) -> Screen:
        """Return the welcome screen for a customer without a subscription."""
        return screens.welcome(t, self._policy.brand, await self._show_offers(customer.telegram_id))

    async def card(self, customer: Customer, t: Texts, soft_id: str) -> Step:
        """Return the card of a plan: for purchase, with the subscription's status for a customer of the plan, or with
        the state of a payment under review.
        """
        view = await self._show_status(customer.telegram_id)
        mine = next((item for item in view.live if item.soft_id == soft_id and item.status in LIVE), None)
        try:
            plan = await self._browse_plans.one(soft_id)
        except PlanUnavailable:
            return Step(screens.unavailable(t) if mine is None else await self._card.card(customer, t))
        offers = await self._change_plan.offers(customer.telegram_id)
        if mine is not None:
            changeable = any(offer.from_soft_id == soft_id for offer in offers)
            two = [
                item for item in await self._change_plan.list_beside(customer.telegram_id) if item.to_soft_id == soft_id
            ]
            return Step(
                screens.owned_card(
                    t,
                    plan.without_trial(),
                    mine,
                    view.vip,
                    changeable=changeable,
                    plans=two,
                    further=self._plan_buttons(t, plan),
                )
            )
        review_view = next((item for item in view.reviews if item.soft_id == soft_id and item.holds), None)
        if review_view is not None:
            return Step(checkout_screens.under_review(t, review_view, self._support))
        return await self._to_buy(customer, t, plan, [offer for offer in offers if offer.to_soft_id == soft_id])

    async def _to_buy(self, customer: Customer, t: Texts, plan: PlanView, offers: Sequence[ChangeOffer]) -> Step:
        """Return the card for purchase.

        The card asks for consent; if the customer has already accepted the terms, it contains the checkout's link.
        """
        try:
            choices = await self._choose_method(customer.telegram_id, plan.soft_id)
        except PlanUnavailable:
            return Step(screens.unavailable(t))
        except NotTheirs as refusal:
            alternatives = await self._show_offers.alternatives(customer.telegram_id, refusal.plan)
            return Step(screens.not_theirs(t, refusal.plan, refusal.reason, alternatives))
        plan = choices.plan
        is_only_plan = len(await self._show_offers(customer.telegram_id)) == 1
        lines = await self._read_lines(t, plan.soft_id) if self._read_lines is not None else ()
        # If declarations may be required before the payment, «Suscribirse» opens the screen with the declarations and
        # the methods.
        is_direct = self._policy.declarations is Declarations.OFF
        descriptors = self._gateways.descriptors() if is_direct else screens.NO_METHODS
        plan_card = partial(
            screens.plan_card,
            t,
            plan,
            offers,
            stands_alone=is_only_plan,
            lines=lines,
            descriptors=descriptors,
            further=self._plan_buttons(t, plan),
        )
        if not plan.methods:
            return Step(plan_card(), sells=_only_plan(plan, offers))
        if not customer.has_accepted(*self._policy.terms):
            agrees = consent.consent_text(t, self._policy, "checkout.consent.subscribe")
            card = consent.bind_consent(plan_card(consent=agrees), self._policy)
            return Step(card, sells=_only_plan(plan, offers))
        checkout = await self._open_card_checkout(customer, plan, choices.usual) if is_direct else None
        card = plan_card(checkout=checkout)
        return Step(card, checkout, sells=None if checkout else _only_plan(plan, offers))


def _only_plan(plan: PlanView, offers: Sequence[ChangeOffer]) -> str | None:
    """Return the plan's name if its card offers only the purchase, or None if the card also offers a plan change."""
    return None if offers else plan.name


def plans_router() -> Router:
    """Return the router of /planes and of the buttons that show the list of plans or a plan's card."""
    router = Router(name="plans")
    router.message.register(_list, command_filter("planes"))
    router.callback_query.register(_list, PressFilter(f"{callbacks.PLAN_LIST}|{callbacks.BACK_TO_PLANS}"))
    router.callback_query.register(_card, PressFilter(callbacks.PLAN_SELECT_PATTERN))
    return router


async def _list(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    plan_desk: PlanDesk,
    show_step: ShowStep,
) -> None:
    await show_step(event, await plan_desk.list(t, customer), customer, bot)


async def _card(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    plan_desk: PlanDesk,
    show_step: ShowStep,
) -> None:
    await show_step(callback, await plan_desk.card(customer, t, soft_id), customer, bot)
