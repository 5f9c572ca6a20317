"""The purchase in one message: from «Suscribirse» through the acceptance of the terms to the checkout."""

from dataclasses import dataclass, replace
from typing import Final

import structlog
from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Message

from bot import callbacks, consent, declarations
from bot.callbacks import PressFilter
from bot.declarations import Boxes
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.paying import ShowStep, Step
from bot.routers.status import StatusCard
from bot.routers.verify import VerifyDesk
from bot.screens import Screen
from bot.screens import checkout as screens
from bot.screens import plans as plan_screens
from bot.texts import Texts
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.alarms.shared_alarms import CheckoutRejected
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanUnavailable
from subscriptions.application.catalog.phone_sales import telegrams_alone
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.checkout.purchase_terms import (
    AlreadySubscribed,
    Barred,
    CountryNotServed,
    DeclarationRequired,
    FreePlan,
    NoPaymentMethod,
    NotTheirs,
    PaidAlready,
    PaymentUnderReview,
    TermsNotAccepted,
)
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import AcceptTerms, ChooseCountry
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected, GatewayUnavailable
from subscriptions.domain.services.withdrawal_policy import Declarations

log = structlog.get_logger(__name__)

_REFUSALS: Final = (
    TermsNotAccepted,
    CountryNotServed,
    DeclarationRequired,
    PlanUnavailable,
    AlreadySubscribed,
    PaymentUnderReview,
    Barred,
    NotTheirs,
)


@dataclass(frozen=True, kw_only=True)
class CheckoutDesk:
    """Use cases of a purchase, combined to return the next step or the screen of a refusal."""

    browse_plans: BrowsePlans
    choose_method: ChooseMethod
    start_checkout: StartCheckout
    give_free_plan: GiveFreePlan
    show_offers: ShowOffers
    show_status: ShowStatus
    card: StatusCard
    verify: VerifyDesk
    gateways: GatewayRegistry
    report_problem: ReportProblem
    policy: Policy
    declare_before_payment: DeclareBeforePayment
    support: str = ""

    async def next_step(
        self,
        customer: Customer,
        t: Texts,
        soft_id: str,
        provider: str | None = None,
        *,
        is_accepted: bool = False,
        is_choosing: bool = False,
        boxes: Boxes | None = None,
    ) -> Step:
        """Return the checkout with the customer's usual method or the first method, or a question that must be answered
        first.

        provider: code of the chosen payment method. is_accepted: True if this button press accepts the terms.
        is_choosing: True to show all methods. boxes: state of the declarations in the pressed message; None if the
        message has no declarations.
        """
        try:
            is_accepted = is_accepted or customer.has_accepted(*self.policy.terms)
            return await self._forward(
                customer, t, soft_id, provider, boxes, is_accepted=is_accepted, is_choosing=is_choosing
            )
        except _REFUSALS as refusal:
            return await self._refusal_step(customer, t, soft_id, refusal)
        except (PaidAlready, FreePlan) as nothing:
            return Step(await self._nothing_to_pay(customer, t, soft_id, free=isinstance(nothing, FreePlan)))
        except NoPaymentMethod:
            return Step(await self._unpayable(customer, t, soft_id, provider))
        except GatewayUnavailable as error:
            reference = await self._reference(customer, soft_id)
            log.warning("payment provider does not answer", order=reference, reason=str(error))
            return Step(screens.unavailable(t, soft_id, reference, provider, others=await self._has_others(soft_id)))
        except GatewayRejected as error:
            return Step(await self._rejection_screen(customer, t, soft_id, error))

    async def _nothing_to_pay(self, customer: Customer, t: Texts, soft_id: str, *, free: bool) -> Screen:
        if free:
            return screens.free(t, await self.browse_plans.one(soft_id))
        return await self.verify.screen(customer, t, soft_id)

    async def take_free(self, customer: Customer, t: Texts, soft_id: str) -> Step:
        """Subscribe the customer to a free plan. Refusals are the same as for any other plan."""
        try:
            return Step(screens.free_given(t, await self.give_free_plan(customer.telegram_id, soft_id)))
        except _REFUSALS as refusal:
            return await self._refusal_step(customer, t, soft_id, refusal)

    async def _forward(
        self,
        customer: Customer,
        t: Texts,
        soft_id: str,
        provider: str | None,
        boxes: Boxes | None,
        *,
        is_accepted: bool,
        is_choosing: bool,
    ) -> Step:
        choices = await self.choose_method(customer.telegram_id, soft_id)
        if not choices.plan.free and self._must_ask_country(customer):
            raise CountryNotServed(soft_id)
        several, method = len(choices.plan.methods) > 1, provider or choices.usual
        note = screens.owed(t, is_owed=choices.is_owed)
        is_choosing = is_choosing or (choices.is_owed and method is None)
        kind = await self.declare_before_payment.kind_for(customer.telegram_id)
        needs_declarations = kind is not Declarations.OFF and boxes is None and not choices.plan.free
        if is_accepted and (needs_declarations or (several and is_choosing)):
            screen = screens.methods(t, choices.plan, self.gateways.descriptors(), note=note)
            return Step(declarations.with_boxes(t, kind, screen, soft_id), sells=choices.plan.name)
        is_declared = boxes is not None and boxes.are_ticked
        checkout = await self.start_checkout(customer.telegram_id, soft_id, method, is_declared=is_declared)
        if boxes is not None:
            await self.declare_before_payment(
                customer.telegram_id,
                checkout.order_id,
                begins=boxes.begins,
                acknowledges=boxes.acknowledges,
                words=boxes.words,
            )
        return Step(screens.pay(t, checkout, note=note), checkout)

    async def _consent(self, customer: Customer, t: Texts, soft_id: str) -> Step:
        """Return the payment methods, or the button of a free plan, with the statement that pressing a button accepts
        the terms.
        """
        choices = await self.choose_method(customer.telegram_id, soft_id)
        plan, note = choices.plan, screens.owed(t, is_owed=choices.is_owed)
        if plan.free:
            free = screens.free(t, plan, consent.consent_text(t, self.policy, "checkout.consent.free"))
            return Step(consent.bind_consent(free, self.policy))
        if not plan.methods:
            return Step(screens.no_method(t, telegrams_alone=telegrams_alone()))
        agrees = consent.consent_text(t, self.policy, "checkout.consent.methods")
        screen = screens.methods(t, plan, self.gateways.descriptors(), note=note, consent=agrees)
        kind = await self.declare_before_payment.kind_for(customer.telegram_id)
        bound_screen = consent.bind_consent(screen, self.policy)
        return Step(declarations.with_boxes(t, kind, bound_screen, soft_id), sells=plan.name)

    def _must_ask_country(self, customer: Customer) -> bool:
        return bool(self.policy.countries) and customer.country not in self.policy.countries

    async def _question(
        self, customer: Customer, t: Texts, soft_id: str, refusal: DeclarationRequired | CountryNotServed
    ) -> Screen:
        """Return the screen that asks for the declarations or for the country that the purchase requires."""
        if isinstance(refusal, CountryNotServed):
            return screens.country(t, soft_id, self.policy.countries)
        plan = (await self.choose_method(customer.telegram_id, soft_id)).plan
        methods = screens.methods(t, plan, self.gateways.descriptors())
        return declarations.with_boxes(t, Declarations.CONTENT, methods, soft_id, is_required=True)

    async def _refusal_step(self, customer: Customer, t: Texts, soft_id: str, refusal: UmbralError) -> Step:
        if isinstance(refusal, TermsNotAccepted):
            return await self._consent(customer, t, soft_id)
        if isinstance(refusal, DeclarationRequired | CountryNotServed):
            return Step(await self._question(customer, t, soft_id, refusal))
        reason = type(refusal).__name__
        log.info("checkout refused", plan=soft_id, order=await self._reference(customer, soft_id), why=reason)
        if isinstance(refusal, NotTheirs):
            alternatives = await self.show_offers.alternatives(customer.telegram_id, refusal.plan)
            return Step(plan_screens.not_theirs(t, refusal.plan, refusal.reason, alternatives))
        if isinstance(refusal, AlreadySubscribed):
            key = "checkout.already_for_life" if refusal.for_life else "checkout.already"
            return Step(await self.card.card(customer, t, t(key)))
        if isinstance(refusal, PaymentUnderReview):
            reviews = (await self.show_status(customer.telegram_id)).reviews
            review_view = next((item for item in reviews if item.reference == refusal.reference), None)
            return Step(screens.under_review(t, review_view, self.support))
        return Step(screens.bar(t, self.support) if isinstance(refusal, Barred) else plan_screens.unavailable(t))

    async def _unpayable(self, customer: Customer, t: Texts, soft_id: str, provider: str | None) -> Screen:
        """Return the screen with the remaining methods. The chosen method may have been disabled since its button was
        shown.
        """
        log.info("checkout refused", plan=soft_id, method=provider, why=NoPaymentMethod.__name__)
        try:
            choices = await self.choose_method(customer.telegram_id, soft_id)
        except _REFUSALS as refusal:
            return (await self._refusal_step(customer, t, soft_id, refusal)).screen
        plan, method = choices.plan, provider or choices.usual
        others = tuple(code for code in plan.methods if code != method)
        if method is None or not others:
            return screens.no_method(t, telegrams_alone=telegrams_alone())
        note = t("checkout.telegrams_alone" if telegrams_alone() else "checkout.method_gone")
        return screens.methods(t, replace(plan, methods=others), self.gateways.descriptors(), note=note)

    async def _rejection_screen(self, customer: Customer, t: Texts, soft_id: str, error: GatewayRejected) -> Screen:
        reference = await self._reference(customer, soft_id)
        log.error("payment provider refuses a checkout", order=reference, plan=soft_id, reason=str(error))
        await self.report_problem(
            # Without an order, the alarm concerns only this customer's attempt.
            f"checkout:{reference or f'{customer.telegram_id}:{soft_id}'}",
            CheckoutRejected(
                telegram_id=customer.telegram_id,
                order=reference or None,
                plan=soft_id,
                provider=error.provider,
                reason=str(error),
            ),
        )
        return screens.rejection(t, reference, soft_id if await self._has_others(soft_id) else None)

    async def _has_others(self, soft_id: str) -> bool:
        try:
            return len((await self.browse_plans.one(soft_id)).methods) > 1
        except PlanUnavailable:
            return False

    async def _reference(self, customer: Customer, soft_id: str) -> str | None:
        view = await self.show_status(customer.telegram_id)
        return next((order.reference for order in view.open_orders if order.soft_id == soft_id), None)


def checkout_router() -> Router:
    """Return the router of «Suscribirse», the choice of a method, the country, and the declarations."""
    router = Router(name="checkout")
    router.callback_query.register(_choose, PressFilter(callbacks.METHODS_PATTERN))
    router.callback_query.register(_subscribe, PressFilter(callbacks.SUBSCRIBE_PATTERN))
    router.callback_query.register(_subscribe, PressFilter(callbacks.PAY_PATTERN))
    router.callback_query.register(_country, PressFilter(callbacks.COUNTRY_PATTERN))
    router.callback_query.register(_tick, PressFilter(callbacks.DECLARE_PATTERN), flags=KEEPS_MESSAGE)
    router.callback_query.register(_take_free, PressFilter(callbacks.FREE_PATTERN))
    return router


async def _subscribe(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    checkout_desk: CheckoutDesk,
    accept_terms: AcceptTerms,
    policy: Policy,
    show_step: ShowStep,
    provider: str | None = None,
) -> None:
    is_accepted = await _accept(callback, accept_terms, policy)
    boxes = declarations.read_boxes(callback)
    step = await checkout_desk.next_step(customer, t, soft_id, provider, is_accepted=is_accepted, boxes=boxes)
    await show_step(callback, step, customer, bot)


async def _choose(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    checkout_desk: CheckoutDesk,
    show_step: ShowStep,
) -> None:
    step = await checkout_desk.next_step(customer, t, soft_id, is_choosing=True)
    await show_step(callback, step, customer, bot)


async def _take_free(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    checkout_desk: CheckoutDesk,
    accept_terms: AcceptTerms,
    policy: Policy,
    show_step: ShowStep,
) -> None:
    await _accept(callback, accept_terms, policy)
    await show_step(callback, await checkout_desk.take_free(customer, t, soft_id), customer, bot)


async def _country(
    callback: CallbackQuery,
    country: str,
    soft_id: str,
    t: Texts,
    bot: Bot,
    customer: Customer,
    checkout_desk: CheckoutDesk,
    choose_country: ChooseCountry,
    support_contact: str,
    show_step: ShowStep,
) -> None:
    customer = await choose_country(customer.telegram_id, country)
    if customer.country is None:
        step = Step(screens.not_served(t, soft_id, support_contact))
    else:
        # The question for the country replaced the message in which the customer chose a method, so the customer
        # chooses again.
        step = await checkout_desk.next_step(customer, t, soft_id, is_choosing=True)
    await show_step(callback, step, customer, bot)


async def _tick(callback: CallbackQuery, soft_id: str) -> None:
    markup = declarations.toggle(callback)
    if markup is None or not isinstance(callback.message, Message):
        return
    try:
        await callback.message.edit_reply_markup(reply_markup=markup)
    except TelegramBadRequest as error:
        log.info("box left as it is", plan=soft_id, reason=str(error))


async def _accept(callback: CallbackQuery, accept_terms: AcceptTerms, policy: Policy) -> bool:
    """If the pressed button showed the current terms, record their acceptance and return True;
    otherwise return False.
    """
    if not consent.is_current(callback, policy):
        return False
    await accept_terms(TelegramId(callback.from_user.id))
    return True
