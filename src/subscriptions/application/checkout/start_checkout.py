"""Purchase from the «Suscribirse» button to the checkout. Each customer has one open order per plan, and gets the same
link as long as it is valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.catalog.deals import agreed_deal, product_of
from subscriptions.application.catalog.overlaps import overlaps
from subscriptions.application.checkout.open_attempt import OpenAttempt
from subscriptions.application.checkout.prepared import Preparation, PurchaseOptions, request_of
from subscriptions.application.checkout.purchase_terms import (
    AlreadySubscribed,
    Barred,
    CountryNotServed,
    DeclarationRequired,
    FreePlan,
    NoPaymentMethod,
    NotTheirs,
    PaidAlready,
    TermsNotAccepted,
    as_sold_to,
    refuse_buyer,
    refuse_second,
    request_missing_price,
    usable_methods,
)
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments import part_payments
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.check_page import CheckPage, Page
from subscriptions.application.withdrawals.declare_before_payment import withdraws_repeatedly
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import Deal
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import Buyers, ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import PageOpenedLate
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayRegistry,
    GatewayRejected,
    PaymentGateway,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import pricing
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks
from subscriptions.domain.tracing import follow


@dataclass(frozen=True, kw_only=True)
class CheckoutView:
    """Open checkout with the data to show to the customer.

    attempt: number of the checkout within its order
    amount: amount to pay
    price: full price by the method, if it differs from `amount` because of partial payments; None otherwise
    deal: terms of the promotion that reduces the price; None without a promotion
    """

    order_id: OrderId
    attempt: int
    reference: str
    plan: PlanView
    provider: str
    amount: Money
    price: Money | None = None
    deal: Deal | None = None
    url: str
    expires_at: datetime
    is_reused: bool

    @property
    def each(self) -> Money:
        """Return the regular price. For a renewing plan, this is the price of each period; the first period may cost
        less.
        """
        amount = self.deal.later_price if self.deal is not None and self.deal.first_only else None
        return amount or self.price or self.amount


log = structlog.get_logger(__name__)


class StartCheckout:
    """Use case that creates or finds the checkout for one customer and plan."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        browse_plans: BrowsePlans,
        clock: Clock,
        policy: Policy,
        trial_marks: TrialMarks = NO_MARKS,
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._browse_plans = browse_plans
        self._clock = clock
        self._policy, self._trial_marks = policy, trial_marks
        self._open_attempt = OpenAttempt(policy)
        self._check_page = CheckPage(units, gateways)

    async def __call__(
        self,
        telegram_id: TelegramId,
        soft_id: str,
        provider: str | None = None,
        *,
        trial: bool = False,
        is_preview: bool = False,
        for_another: bool = False,
        is_declared: bool = False,
    ) -> CheckoutView:
        """Return the checkout.

        provider: chosen method; None for the first in the operator's order
        trial: True to test a method, even a hidden one
        is_preview: True if the plan's card links to the checkout although the customer has not pressed the buy button
        for_another: True for a gift, at the full price, because promotions apply only to their holder
        is_declared: True if the customer requested an immediate start, knowing that this ends the right of withdrawal

        Raises PlanUnavailable, Barred, TermsNotAccepted, CountryNotServed, AlreadySubscribed, PaymentUnderReview,
        PaidAlready, FreePlan, NotTheirs, DeclarationRequired and NoPaymentMethod. After GatewayUnavailable, the next
        press of the button repeats the same attempt; after GatewayRejected, it makes a new attempt. The order stays
        open in both cases.
        """
        options = PurchaseOptions(
            provider, trial=trial, is_preview=is_preview, for_another=for_another, is_declared=is_declared
        )
        preparation = await self._prepare(telegram_id, soft_id, options)
        attempt, order = preparation.attempt, preparation.order
        if attempt.usable(self._clock.now()) and attempt.url is not None:
            page = await self._check_page(attempt)
            if page is Page.OPEN:
                return self._view(preparation, attempt.url, is_reused=True)
            if page is Page.PAID:
                raise PaidAlready(soft_id)
            preparation = await self._prepare(telegram_id, soft_id, options)
            attempt, order = preparation.attempt, preparation.order
        gateway = self._gateways.get(attempt.provider)
        if gateway is None:
            raise NoPaymentMethod(attempt.provider)
        url = await self._open_session(gateway, preparation)
        log.info("checkout open", order=order.reference, provider=attempt.provider, attempt=attempt.number)
        return self._view(preparation, url, is_reused=False)

    async def _prepare(self, telegram_id: TelegramId, soft_id: str, options: PurchaseOptions) -> Preparation:
        now = self._clock.now()
        async with self._units() as uow:
            plan = await self._browse_plans.get_wanted(uow, soft_id, for_another=options.for_another)
            # The lock on the customer's row serializes concurrent presses of the button.
            customer = await known_customer(uow, telegram_id, lock=True)
            if customer.barred_at is not None:
                raise Barred(soft_id)
            if not customer.has_accepted(*self._policy.terms):
                raise TermsNotAccepted(soft_id)
            if self._policy.countries and customer.country not in self._policy.countries and not options.trial:
                raise CountryNotServed(soft_id)
            if plan.free:
                await refuse_second(uow, customer, plan, self._policy.zones.home, now, renews=True)
                raise FreePlan(soft_id)
            needs_declaration = not (options.is_declared or options.trial)
            if needs_declaration and await withdraws_repeatedly(uow, customer.id, self._policy, now):
                raise DeclarationRequired(soft_id)
            plan = await as_sold_to(uow, customer, plan, self._trial_marks)
            own = await self._browse_plans.own_prices(uow, plan)
            # The choices are read here and not taken from the view, because the pressed button may be older than the
            # last change of the methods.
            wishes = () if options.trial else await uow.payment_methods.all()
            method, price_ref = await self._choose(uow, customer, plan, own, wishes, options)
            open_order = await uow.orders.open_for(customer.id, plan.id, lock=True, for_another=options.for_another)
            if not options.for_another:
                # This is checked under the order's lock, because a payment may have turned the order into a
                # subscription in the meantime.
                await refuse_second(
                    uow, customer, plan, self._policy.zones.home, now, renews=self._browse_plans.renews(plan, method)
                )
            if not options.trial:
                await refuse_buyer(uow, customer, plan, self._trial_marks, now)
                await self._let_go_of_others(uow, customer, plan)
            order = await self._order(uow, open_order, customer, plan, now, options)
            follow(order.cause)
            product = product_of(
                plan, own.get(method, order.price), self._gateways.descriptors()[method], trial=order.trial_days > 0
            )
            deal = await agreed_deal(uow, order, product, now) if not options.for_another else None
            if plan.buyers is Buyers.CODE and not options.trial:
                # Another customer may have taken the code's last use in the meantime.
                await refuse_buyer(uow, customer, plan, self._trial_marks, now)
            attempt = await self._open_attempt(uow, order, method, product.price, now, renews=product.renews, deal=deal)
            account = await uow.customers.account_at(customer.id, method)
            beside_overlaps = () if options.for_another else await overlaps(uow, customer.id, plan)
            await uow.commit()
        return Preparation(
            order=order,
            attempt=attempt,
            plan=plan,
            customer=customer,
            own=own,
            wishes=wishes,
            deal=deal if deal is not None and attempt.discount_code_id == deal.discount_code.id else None,
            renews=product.renews,
            price_ref=price_ref if _by_price_object(attempt, product.price) else None,
            customer_ref=account.external_customer_id if account else None,
            overlaps=beside_overlaps,
        )

    async def _let_go_of_others(self, uow: UnitOfWork, customer: Customer, plan: ServicePlan) -> None:
        """Cancel the customer's other open orders of plans for new customers, because a person is a new customer only
        once. Raises NotTheirs if one of those orders is partially paid.
        """
        if plan.buyers is not Buyers.NEWCOMERS:
            return
        for order in await uow.orders.open_of(customer.id, lock=True):
            other = await uow.plans.get(order.plan_id) if order.plan_id != plan.id and not order.for_another else None
            if other is None or other.buyers is not Buyers.NEWCOMERS:
                continue
            if await part_payments.waiting_parts(uow, order.id):
                raise NotTheirs(plan, BuyerRefusal.NEWCOMERS)
            order.let_go()
            await uow.orders.save(order)

    async def _choose(
        self,
        uow: UnitOfWork,
        customer: Customer,
        plan: ServicePlan,
        own: OwnPrices,
        wishes: Sequence[PaymentMethod],
        options: PurchaseOptions,
    ) -> tuple[str, str | None]:
        """Return the requested payment method, or else the first one that can charge the plan now, and the provider's
        id of the price object, or None if the method needs none. Raises NoPaymentMethod.
        """
        provider, methods = options.provider, self._browse_plans.methods(plan, own, wishes)
        if not methods or (provider is not None and provider not in methods):
            raise NoPaymentMethod(plan.soft_id)
        if options.for_another:
            # The price object of a renewing plan charges repeatedly, so a gift is charged by its amount.
            return provider or methods[0], None
        fitting_methods: tuple[str, ...] = (provider,) if provider else ()
        if not provider:
            live = await uow.subscriptions.live_for(customer.id, plan.id)
            fitting_methods = usable_methods(self._browse_plans, plan, live, own, wishes)
        for method in fitting_methods:
            agreed_price = await uow.plans.price_at(plan.id, method)
            price_ref = agreed_price.external_price_id if agreed_price is not None else None
            if price_ref is not None or not self._needs_price(method):
                return method, price_ref
        await request_missing_price(uow, plan, fitting_methods[0])
        raise NoPaymentMethod(plan.soft_id)

    def _needs_price(self, provider: str) -> bool:
        return Capability.PRICE_OBJECTS in self._gateways.descriptors()[provider].capabilities

    async def _order(
        self,
        uow: UnitOfWork,
        known_order: Order | None,
        customer: Customer,
        plan: ServicePlan,
        now: datetime,
        options: PurchaseOptions,
    ) -> Order:
        is_asked = not options.is_preview
        parts = await part_payments.waiting_parts(uow, known_order.id) if known_order is not None else []
        ends_at = plan.end_in(self._policy.zones.home)
        if (
            known_order is not None
            and known_order.expires_at > now
            and (parts or known_order.agrees_with(plan, ends_at))
        ):
            if (is_asked and not known_order.asked) or known_order.country != customer.country:
                known_order.asked, known_order.country = known_order.asked or is_asked, customer.country
                await uow.orders.save(known_order)
            return known_order
        if known_order is not None:
            # The checkout expired, or the plan changed. The old link is not offered again, but a payment by it still
            # counts.
            known_order.expire()
            await uow.orders.save(known_order)
            await part_payments.let_go(uow, [known_order.id])
        expires_at = now + self._policy.checkout_lifetime
        order = Order.open(
            customer.id, plan, now, expires_at, ends_at=ends_at, is_asked=is_asked, for_another=options.for_another
        )
        order.country = customer.country
        if not await uow.orders.add_if_new(order):
            raise RetryLater("an order for this plan was opened at the same moment")
        return order

    async def _open_session(self, gateway: PaymentGateway, preparation: Preparation) -> str:
        try:
            session = await gateway.create_checkout_session(await request_of(preparation, gateway, self._policy))
        except GatewayRejected:
            await self._give_up(preparation)
            raise
        attempt = preparation.attempt
        attempt.mark_opened(session.id, session.url, session.expires_at)
        async with self._units() as uow:
            order, checkout_attempt = await self._fresh(uow, preparation)
            if checkout_attempt is not None and checkout_attempt.status is AttemptStatus.CREATING:
                await uow.orders.save_attempt(attempt)
                look = jobs.CheckOrder(order_id=attempt.order_id)
                await uow.enqueue(look.delayed_job(self._clock.now() + self._policy.first_look, attempt.order_id))
            if order is not None and order.status is OrderStatus.PAID:
                # Another checkout was paid while this one was being created, so it must be closed.
                uow.record(PageOpenedLate(order.id))
            if order is not None and order.status is OrderStatus.OPEN and order.expires_at < attempt.expires_at:
                # Providers may keep a checkout open longer than requested. The order stays open as long as it can be
                # paid.
                order.expires_at = attempt.expires_at
                await uow.orders.save(order)
            await uow.commit()
        if order is not None and order.status is OrderStatus.PAID:
            raise AlreadySubscribed(preparation.plan.soft_id, can_undo=False)
        return session.url

    async def _give_up(self, preparation: Preparation) -> None:
        """Close the checkout attempt that the provider refused, and have the plan's price checked. The attempt's
        idempotency key belongs to the refused request, so the next attempt needs a new key.
        """
        async with self._units() as uow:
            _, checkout_attempt = await self._fresh(uow, preparation)
            if checkout_attempt is not None and checkout_attempt.status is AttemptStatus.CREATING:
                checkout_attempt.close()
                await uow.orders.save_attempt(checkout_attempt)
            if preparation.price_ref is not None:
                await uow.enqueue(jobs.SyncPlanPrices.checks(preparation.order.plan_id))
            await uow.commit()

    async def _fresh(self, uow: UnitOfWork, preparation: Preparation) -> tuple[Order | None, CheckoutAttempt | None]:
        """Lock and return the order, with the current version of the attempt; another press of the button may have
        changed them. None if they no longer exist.
        """
        order = await uow.orders.get(preparation.order.id, lock=True)
        attempts = await uow.orders.attempts(preparation.order.id)
        return order, next((item for item in attempts if item.number == preparation.attempt.number), None)

    def _view(self, preparation: Preparation, url: str, *, is_reused: bool) -> CheckoutView:
        order, attempt = preparation.order, preparation.attempt
        sold = replace(preparation.plan, trial_days=order.trial_days)
        plan = self._browse_plans.view(sold, preparation.own, preparation.wishes)
        return CheckoutView(
            order_id=order.id,
            attempt=attempt.number,
            reference=order.reference,
            plan=replace(plan, overlaps=preparation.overlaps),
            provider=attempt.provider,
            amount=pricing.asked_by(attempt, order),
            price=pricing.full_price(attempt, order),
            deal=preparation.deal,
            url=url,
            expires_at=attempt.expires_at,
            is_reused=is_reused,
        )


def _by_price_object(attempt: CheckoutAttempt, price: Money) -> bool:
    """Return True if the amount is the one that the plan's price object charges, because there is no partial payment
    and no discount on every period.
    """
    return attempt.amount == attempt.price and price == (attempt.later or attempt.price)
