"""«Regalar»: the purchase of a plan as a gift, from the plan's card to the checkout and the gift's link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks, consent, declarations
from bot.callbacks import PressFilter
from bot.chat import show
from bot.declarations import Boxes
from bot.formats import clock_time
from bot.paying import ShowStep, Step
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens import gifts as screens
from bot.screens import plans as plan_screens
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.alarms.shared_alarms import CheckoutRejected
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.catalog.place_of_sale import telegrams_alone
from subscriptions.application.checkout.check_order import PaymentCheck, VerifyPayments
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.pay_messages import FindLapsed
from subscriptions.application.checkout.purchase_terms import (
    AlreadySubscribed,
    Barred,
    CountryNotServed,
    DeclarationRequired,
    NoPaymentMethod,
    PaidAlready,
    TermsNotAccepted,
)
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.application.promotions.show_gift import ShowGift
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError, GatewayRegistry, GatewayRejected
from subscriptions.domain.services.withdrawal_policy import Declarations

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class GiftDesk:
    """Use cases of a gift, which return the next step and the screen of each refusal. support: contact address."""

    choose_method: ChooseMethod
    start_checkout: StartCheckout
    accept_terms: AcceptTerms
    show_gift: ShowGift
    show_deals: ShowDeals
    verify_payments: VerifyPayments
    find_lapsed: FindLapsed
    report_problem: ReportProblem
    gateways: GatewayRegistry
    clock: Clock
    policy: Policy
    declare_before_payment: DeclareBeforePayment
    support: str = ""

    async def screen(self, customer: Customer, t: Texts, soft_id: str, note: str = "") -> Screen:
        """Return the price and the payment methods of a gift.

        note: line above, with the reason for showing them again.
        """
        try:
            plan = (await self.choose_method(customer.telegram_id, soft_id, gift=True)).plan
        except PlanUnavailable:
            return plan_screens.unavailable(t)
        if not plan.methods:
            return checkout_screens.no_method(t, telegrams_alone=telegrams_alone())
        is_known = customer.has_accepted(*self.policy.terms)
        agrees = None if is_known else consent.consent_text(t, self.policy, "checkout.consent.methods")
        unopened_gifts = await self.show_gift.list_unopened(customer.telegram_id)
        # The promotion that applies to the customer's own purchase; it does not apply to gifts.
        mine = (await self.show_deals(customer.telegram_id, [plan]))[0]
        screen = screens.choice(
            t, plan, self.gateways.descriptors(), unopened_gifts, consent=agrees, ignores_promotion=bool(mine.deals)
        )
        screen = replace(screen, text=f"{note}\n\n{screen.text}") if note else screen
        return screen if is_known else consent.bind_consent(screen, self.policy)

    async def pay(
        self,
        customer: Customer,
        t: Texts,
        soft_id: str,
        provider: str,
        *,
        is_agreed: bool,
        boxes: Boxes | None = None,
    ) -> Step:
        """Return the checkout of a gift.

        is_agreed: this press accepts the terms. boxes: the declarations in the pressed message; None if it asked for
        none.
        """
        if is_agreed:
            await self.accept_terms(customer.telegram_id)
        is_declared = boxes is not None and boxes.are_ticked
        try:
            checkout = await self.start_checkout(
                customer.telegram_id, soft_id, provider, gift=True, is_declared=is_declared
            )
        except (TermsNotAccepted, NoPaymentMethod, DeclarationRequired) as refusal:
            return Step(await self._choice_again(customer, t, soft_id, refusal))
        except (CountryNotServed, PlanUnavailable) as refusal:
            return Step(self._unsold(t, soft_id, refusal))
        except Barred:
            return Step(checkout_screens.bar(t, self.support))
        except (PaidAlready, AlreadySubscribed):
            # Another checkout of the order was paid while this one was created.
            return Step(screens.verification(t, PaymentCheck.PENDING, soft_id, self._clock_time(t)))
        except GatewayError as error:
            is_rejected = isinstance(error, GatewayRejected)
            log.warning("no place to pay for a gift", plan=soft_id, provider=provider, reason=str(error))
            if is_rejected:
                key = f"checkout:gift:{soft_id}:{provider}:{self.clock.now():%Y-%m-%d}"
                await self.report_problem(
                    key,
                    CheckoutRejected(
                        telegram_id=customer.telegram_id,
                        plan=soft_id,
                        provider=provider,
                        reason=str(error),
                    ),
                )
            return Step(screens.trouble(t, soft_id, is_rejected=is_rejected))
        if boxes is not None:
            await self.declare_before_payment(
                customer.telegram_id,
                checkout.order_id,
                begins=boxes.begins,
                acknowledges=boxes.acknowledges,
                words=boxes.words,
            )
        return Step(screens.pay(t, checkout), checkout)

    async def _choice_again(self, customer: Customer, t: Texts, soft_id: str, refusal: UmbralError) -> Screen:
        """Return the payment methods again, with the missing consent or declaration."""
        is_elsewhere = isinstance(refusal, NoPaymentMethod) and telegrams_alone()
        screen = await self.screen(customer, t, soft_id, t("checkout.telegrams_alone") if is_elsewhere else "")
        if not isinstance(refusal, DeclarationRequired):
            return screen
        return declarations.with_boxes(t, Declarations.CONTENT, screen, soft_id, is_required=True)

    def _unsold(self, t: Texts, soft_id: str, refusal: UmbralError) -> Screen:
        if isinstance(refusal, CountryNotServed):
            return checkout_screens.country(t, soft_id, self.policy.countries, for_gift=True)
        return plan_screens.unavailable(t)

    async def show_purchase(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the status of a gift's purchase. After the payment, it shows the gift to hand over."""
        lapsed_purchase = await self.find_lapsed.find_last(customer.telegram_id, soft_id, gift=True)
        try:
            result = await self.verify_payments(
                customer.telegram_id, lapsed_purchase.order_id if lapsed_purchase else None
            )
        except GatewayError as error:
            log.warning("payment of a gift not verified", plan=soft_id, reason=str(error))
            return screens.verification(t, None, soft_id, self._clock_time(t))
        if result is PaymentCheck.NOTHING and await self.show_gift.list_unopened(customer.telegram_id):
            return await self.screen(customer, t, soft_id)
        return screens.verification(t, result, soft_id, self._clock_time(t))

    async def show_link(self, customer: Customer, t: Texts, order: str) -> Screen:
        """Return the screen with a gift's link, or with the reason why there is none."""
        gift = await self.show_gift(customer.telegram_id, OrderId(UUID(hex=order)))
        return screens.handover(t, gift) if gift is not None else plan_screens.stale(t)

    def _clock_time(self, t: Texts) -> str:
        return clock_time(t, self.clock.now())


@dataclass(frozen=True)
class GiftSections:
    """Sections of the status card for unopened gifts."""

    show_gift: ShowGift

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the sections."""
        gifts = await self.show_gift.list_unopened(customer.telegram_id, with_disputed=True)
        return screens.sections(t, gifts[: screens.MOST_GIFTS])


def gifts_router() -> Router:
    """Return the router of gifts."""
    router = Router(name="gifts")
    router.callback_query.register(_pay, PressFilter(callbacks.GIFT_PAY_PATTERN))
    router.callback_query.register(_confirm_payment, PressFilter(callbacks.GIFT_PAID_PATTERN))
    router.callback_query.register(_hand_over, PressFilter(callbacks.GIFT_LINK_PATTERN))
    router.callback_query.register(_choice, PressFilter(callbacks.GIFT_PATTERN))
    return router


async def _choice(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    gift_desk: GiftDesk,
    show_step: ShowStep,
) -> None:
    step = Step(await gift_desk.screen(customer, t, soft_id))
    await show_step(callback, step, customer, bot)


async def _pay(
    callback: CallbackQuery,
    soft_id: str,
    provider: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    gift_desk: GiftDesk,
    policy: Policy,
    show_step: ShowStep,
) -> None:
    has_agreed = consent.is_current(callback, policy)
    boxes = declarations.read_boxes(callback)
    step = await gift_desk.pay(customer, t, soft_id, provider, is_agreed=has_agreed, boxes=boxes)
    await show_step(callback, step, customer, bot)


async def _confirm_payment(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, gift_desk: GiftDesk
) -> None:
    await show(callback, await gift_desk.show_purchase(customer, t, soft_id), bot)


async def _hand_over(
    callback: CallbackQuery, order: str, customer: Customer, t: Texts, bot: Bot, gift_desk: GiftDesk
) -> None:
    await show(callback, await gift_desk.show_link(customer, t, order), bot)
