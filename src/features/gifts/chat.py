"""«Regalar» in the chat: the purchase of a plan as a gift, from the plan's card to the checkout and the gift's link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import consent, declarations
from bot.callbacks import PressFilter
from bot.chat import show
from bot.declarations import Boxes
from bot.feature import ChatPart
from bot.formats import clock_time
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.paying import ShowStep, Step
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens import plans as plan_screens
from bot.status_section import StatusSection
from bot.texts import Texts
from features.gifts import screens
from features.gifts.callbacks import (
    GIFT_COUNTRY_PATTERN,
    GIFT_LINK_PATTERN,
    GIFT_PAID_PATTERN,
    GIFT_PATTERN,
    GIFT_PAY_PATTERN,
    gift_country,
)
from features.gifts.feature import FEATURE
from features.gifts.messages import GiftHeld, GiftOpenedMessage, GiftReady, GiftReturnedMessage
from features.gifts.use_cases.has_open_purchase import HasOpenPurchase
from features.gifts.use_cases.show_gift import ShowGift
from features.gifts.wiring import GiftsContainer
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.alarms.shared_alarms import CheckoutRejected
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.catalog.phone_sales import telegrams_alone
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
from subscriptions.application.features import FeatureState
from subscriptions.application.people.customers import AcceptTerms, ChooseCountry
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError, GatewayRegistry, GatewayRejected
from subscriptions.domain.services.withdrawal_policy import Declarations

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class GiftDesk:
    """Purchase of a gift. Each method returns the next step or screen, or a screen with the reason for a refusal.

    is_on: False while the feature is draining; then only purchases that were already begun can be continued.
    support: contact address.
    """

    choose_method: ChooseMethod
    start_checkout: StartCheckout
    accept_terms: AcceptTerms
    show_gift: ShowGift
    has_open_purchase: HasOpenPurchase
    show_deals: ShowDeals
    verify_payments: VerifyPayments
    find_lapsed: FindLapsed
    report_problem: ReportProblem
    gateways: GatewayRegistry
    clock: Clock
    policy: Policy
    declare_before_payment: DeclareBeforePayment
    is_on: bool = True
    support: str = ""

    async def screen(self, customer: Customer, t: Texts, soft_id: str, note: str = "") -> Screen:
        """Return the price and the payment methods of a gift.

        note: text above the price that gives the reason for showing the screen again.
        """
        try:
            await self._require_purchase(customer, soft_id)
            plan = (await self.choose_method(customer.telegram_id, soft_id, for_another=True)).plan
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

        is_agreed: True if this button press accepts the terms. boxes: state of the declaration's checkboxes in the
        message whose button was pressed; None if the message has no checkboxes.
        """
        is_declared = boxes is not None and boxes.are_ticked
        try:
            await self._require_purchase(customer, soft_id)
            if is_agreed:
                await self.accept_terms(customer.telegram_id)
            checkout = await self.start_checkout(
                customer.telegram_id, soft_id, provider, for_another=True, is_declared=is_declared
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

    async def _require_purchase(self, customer: Customer, soft_id: str) -> None:
        """Raise PlanUnavailable if the feature is draining and the customer has no open purchase of this gift."""
        if not self.is_on and not await self.has_open_purchase(customer.telegram_id, soft_id):
            raise PlanUnavailable(soft_id)

    async def _choice_again(self, customer: Customer, t: Texts, soft_id: str, refusal: UmbralError) -> Screen:
        """Return the payment methods again, with a request for the missing consent or declaration."""
        is_elsewhere = isinstance(refusal, NoPaymentMethod) and telegrams_alone()
        screen = await self.screen(customer, t, soft_id, t("checkout.telegrams_alone") if is_elsewhere else "")
        if not isinstance(refusal, DeclarationRequired):
            return screen
        return declarations.with_boxes(t, Declarations.CONTENT, screen, soft_id, is_required=True)

    def _unsold(self, t: Texts, soft_id: str, refusal: UmbralError) -> Screen:
        if isinstance(refusal, CountryNotServed):
            return checkout_screens.country(t, soft_id, self.policy.countries, gift_country)
        return plan_screens.unavailable(t)

    async def show_purchase(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the status of a gift's purchase; after the payment, the gift's link."""
        lapsed_purchase = await self.find_lapsed.find_last(customer.telegram_id, soft_id, for_another=True)
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
    """Sections of the status card for gifts that were not opened yet."""

    show_gift: ShowGift

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the sections; empty if the customer has no unopened gifts."""
        gifts = await self.show_gift.list_unopened(customer.telegram_id, with_disputed=True)
        return screens.sections(t, gifts[: screens.MOST_GIFTS])


@dataclass(frozen=True)
class GiftPresses:
    """Handlers of the buttons of gifts."""

    desk: GiftDesk
    choose_country: ChooseCountry
    show_step: ShowStep

    async def choose(self, callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Show the payment methods of a gift."""
        await self.show_step(callback, Step(await self.desk.screen(customer, t, soft_id)), customer, bot)

    async def choose_in_country(
        self, callback: CallbackQuery, country: str, soft_id: str, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Record the buyer's country, and show the payment methods of a gift."""
        customer = await self.choose_country(customer.telegram_id, country)
        if customer.country is None:
            screen = checkout_screens.not_served(t, soft_id, self.desk.support)
        else:
            screen = await self.desk.screen(customer, t, soft_id)
        await self.show_step(callback, Step(screen), customer, bot)

    async def pay(
        self, callback: CallbackQuery, soft_id: str, provider: str, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Show the checkout of a gift."""
        has_agreed = consent.is_current(callback, self.desk.policy)
        boxes = declarations.read_boxes(callback)
        step = await self.desk.pay(customer, t, soft_id, provider, is_agreed=has_agreed, boxes=boxes)
        await self.show_step(callback, step, customer, bot)

    async def confirm_payment(
        self, callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Show whether a gift is paid."""
        await show(callback, await self.desk.show_purchase(customer, t, soft_id), bot)

    async def hand_over(self, callback: CallbackQuery, order: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Show the link of a gift."""
        await show(callback, await self.desk.show_link(customer, t, order), bot)


def _desk(container: BotContainer) -> GiftDesk:
    gifts = GiftsContainer(core=container.core)
    return GiftDesk(
        choose_method=container.choose_method(),
        start_checkout=container.start_checkout(),
        accept_terms=container.accept_terms(),
        show_gift=gifts.show_gift(),
        has_open_purchase=gifts.has_open_purchase(),
        show_deals=container.show_deals(),
        verify_payments=container.verify_payments(),
        find_lapsed=container.find_lapsed(),
        report_problem=container.report_problem(),
        gateways=container.core.gateways(),
        clock=container.core.clock(),
        policy=container.core.policy(),
        declare_before_payment=container.declare_before_payment(),
        is_on=container.core.features().state(FEATURE.name) is FeatureState.ON,
        support=container.settings().support_contact,
    )


def _router(container: BotContainer) -> Router:
    show_step = ShowStep(container.remember_pay_message(), container.keep_card())
    presses = GiftPresses(_desk(container), container.choose_country(), show_step)
    router = Router(name=FEATURE.name)
    router.callback_query.register(presses.pay, PressFilter(GIFT_PAY_PATTERN))
    router.callback_query.register(presses.confirm_payment, PressFilter(GIFT_PAID_PATTERN), flags=KEEPS_MESSAGE)
    router.callback_query.register(presses.hand_over, PressFilter(GIFT_LINK_PATTERN))
    router.callback_query.register(presses.choose_in_country, PressFilter(GIFT_COUNTRY_PATTERN))
    router.callback_query.register(presses.choose, PressFilter(GIFT_PATTERN))
    return router


def _sections(container: BotContainer) -> GiftSections:
    return GiftSections(GiftsContainer(core=container.core).show_gift())


CHAT: Final = ChatPart(
    router=_router,
    sections=_sections,
    plan_buttons=screens.buy_buttons,
    messages={
        GiftReady: screens.ready,
        GiftOpenedMessage: screens.opened,
        GiftHeld: screens.held,
        GiftReturnedMessage: screens.returned,
    },
)
