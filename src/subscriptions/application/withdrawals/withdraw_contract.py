"""Withdrawal by a customer. One transaction records the withdrawal, requests the refund and ends the access."""

from datetime import datetime
from typing import Final
from uuid import uuid5

import structlog

from subscriptions.application.access.begin_waiting_time import BeginWaitingTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, News, OfPurchase
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.load_purchase import load_reversal
from subscriptions.application.payments.refunds import Refunds, stop_billing
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.money_left import request_refund
from subscriptions.application.withdrawals.contracts import Contract, Contracts, Share, WithdrawalRefused
from subscriptions.application.withdrawals.declare_before_payment import withdraws_repeatedly
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import REVERSAL_SUFFIX, LedgerEntry, LedgerKind, left_of
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REFUNDED, WITHDRAWN, Subscription
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.events import ContractWithdrawn
from subscriptions.domain.ids import CustomerId, OrderId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, reversal_decisions, withdrawal_policy
from subscriptions.domain.services.purchase import Fact, Purchase
from subscriptions.domain.services.withdrawal_policy import Refusal

log = structlog.get_logger(__name__)

ACTION: Final = "contract.withdrawn"
REASON: Final = "the customer withdrew from the contract"


class WithdrawalOwed(OfPurchase):
    """Alarm: a customer withdrew, but the payment cannot be refunded automatically. `due`: deadline of the refund."""

    name = "withdrawal_owed"
    closes = ByCheck(payment_causes.withdrawn_money_back)
    link = AlarmLink.REFUND
    amount: Money
    due: datetime


class WithdrawalsRepeated(OfPurchase):
    """Alarm: a customer withdrew again within the time set by the operator."""

    name = "withdrawals_repeated"
    closes = News()


class WithdrawContract:
    """Use case that declares a withdrawal. Messages and requests to providers are sent by jobs that are queued in the
    same transaction.
    """

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._contracts = Contracts(gateways, policy)
        self._grant_access = GrantAccess(policy)
        self._refunds = Refunds(self._grant_access)

    async def open_to(self, telegram_id: TelegramId) -> list[Contract]:
        """Return the contracts from which the customer can withdraw, newest first. Raises WithdrawalRefused if there is
        none.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            return list(await self._contracts.open_to(uow, customer, self._clock.now()))

    async def preview(self, telegram_id: TelegramId, order_id: OrderId) -> Contract:
        """Return the effect that a withdrawal from one contract would have now. Raises WithdrawalRefused if the
        customer cannot withdraw from it.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            order = await uow.orders.get(order_id)
            if order is None:
                raise WithdrawalRefused(Refusal.NOTHING)
            return await self._contracts.weigh(uow, customer, order, self._clock.now())

    async def __call__(self, telegram_id: TelegramId, order_id: OrderId) -> Withdrawal:
        """Declare the withdrawal. Raises WithdrawalRefused if the customer cannot withdraw. If the customer has already
        withdrawn from the contract, the error contains the first withdrawal.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            withdrawal = await self.declare(uow, customer.id, order_id, self._clock.now())
            await uow.commit()
        log.info("contract withdrawn", order=withdrawal.reference, automatic=withdrawal.automatic)
        return withdrawal

    async def declare(
        self,
        uow: UnitOfWork,
        customer_id: CustomerId,
        order_id: OrderId,
        now: datetime,
        asked_by: str | None = None,
    ) -> Withdrawal:
        """Record a withdrawal and all its effects. The caller commits.

        asked_by: staff member who acts for the customer; None for the customer's own declaration

        Raises WithdrawalRefused if the customer cannot withdraw from the contract.
        """
        contract, people = await self._lock(uow, customer_id, order_id, now)
        customer = people[customer_id]
        withdrawal = Withdrawal(
            id=new_uuid(),
            order_id=order_id,
            customer_id=customer_id,
            plan_name=contract.plan_name,
            name=contract.name,
            contract_at=contract.contract_at,
            declared_at=now,
            amount=contract.amount,
            kept=contract.retention,
            automatic=contract.automatic,
            refund_due=now + withdrawal_policy.PERIOD,
            asked_by=asked_by,
        )
        if not await uow.of(WITHDRAWALS_KEY).add_if_new(withdrawal):
            raise WithdrawalRefused(Refusal.SECOND_TIME, withdrawal=await uow.of(WITHDRAWALS_KEY).of_order(order_id))
        actor = asked_by or str(customer.telegram_id)
        await self._end_access(uow, contract, withdrawal, people, now)
        await self._return_money(uow, contract, withdrawal, actor, now)
        facts = {"order": withdrawal.reference, "amount": str(withdrawal.amount or "")}
        await uow.audit.record(actor=actor, action=ACTION, subject=str(order_id), reason=REASON, at=now, facts=facts)
        uow.record(ContractWithdrawn(withdrawal.id, customer_id, order_id))
        if await withdraws_repeatedly(uow, customer_id, self._policy, now):
            repeated = WithdrawalsRepeated(order=withdrawal.reference, customer=customer_id)
            uow.record(repeated.raise_event(f"{repeated.name}:{withdrawal.id}", now))
        return withdrawal

    async def _lock(
        self, uow: UnitOfWork, customer_id: CustomerId, order_id: OrderId, now: datetime
    ) -> tuple[Contract, dict[CustomerId, Customer]]:
        """Lock the order and all affected customers, and return the contract."""
        order, customer = await uow.orders.get(order_id), await uow.customers.get(customer_id)
        if order is None or customer is None:
            raise WithdrawalRefused(Refusal.NOTHING)
        contract = await self._contracts.weigh(uow, customer, order, now)
        people: dict[CustomerId, Customer] = {}
        for each in sorted({customer_id, contract.holder_id or customer_id}):
            person = await uow.customers.get(each, lock=True)
            if person is not None:
                people[each] = person
        order = await uow.orders.get(order_id, lock=True) or order
        return await self._contracts.weigh(uow, people[customer_id], order, now), people

    async def _end_access(
        self,
        uow: UnitOfWork,
        contract: Contract,
        withdrawal: Withdrawal,
        people: dict[CustomerId, Customer],
        now: datetime,
    ) -> None:
        """Revoke the time that the contract's payments bought, in the same way as after a refund. Granted days are
        kept.
        """
        payer = people[withdrawal.customer_id]
        for share in contract.shares:
            await self._take_time(uow, contract, withdrawal, share, people, now)
        for item in await uow.subscriptions.of_customer(payer.id):
            if item.order_id != contract.order.id or not item.live or contract.order.for_another:
                continue
            subscription, plan = await uow.subscriptions.get(item.id, lock=True), await uow.plans.get(item.plan_id)
            if subscription is None or plan is None:
                continue
            if contract.shares:
                await stop_billing(uow, subscription, now)
                continue
            # A trial has no payment to refund.
            await self._end_trial(uow, subscription, payer, plan, now)

    async def _end_trial(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """End a trial and its billing. Time from other sources, such as a gift, is kept, and days of other plans that
        waited begin if nothing else is left.
        """
        entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
        for key in {entry.source_key for entry in entries if entry.kind is LedgerKind.TRIAL}:
            back = LedgerEntry(
                subscription_id=subscription.id,
                kind=LedgerKind.ADMIN_GRANT,
                source_key=f"{key}{REVERSAL_SUFFIX}",
                starts_at=now,
                length=-left_of(entries, key, now),
                plan_id=subscription.plan_id,
                created_at=now,
            )
            await self._grant_access.enter(uow, subscription, back)
        end = access_policy.without_hold(subscription, now).access_until
        if end is None or end <= now:
            subscription.end(WITHDRAWN, now)
            await BeginWaitingTime(self._grant_access)(uow, subscription, now)
        await stop_billing(uow, subscription, now)
        await self._grant_access.settle(uow, subscription, customer, plan, now)

    async def _take_time(
        self,
        uow: UnitOfWork,
        contract: Contract,
        withdrawal: Withdrawal,
        share: Share,
        people: dict[CustomerId, Customer],
        now: datetime,
    ) -> None:
        payment, order = share.payment, contract.order
        if payment.subscription_id is None:
            return
        subscription = await uow.subscriptions.get(payment.subscription_id, lock=True)
        plan = await uow.plans.get(subscription.plan_id if subscription is not None else order.plan_id)
        if subscription is None or plan is None:
            return
        holder = people[contract.holder_id] if contract.holder_id is not None else None
        # The recipient of a gift did not withdraw; for them, access ends because of the refund.
        reason = WITHDRAWN if holder is None else REFUNDED
        purchase = Purchase(
            order=order,
            customer=people[order.customer_id],
            holder=holder if holder is not None and holder.id == subscription.customer_id else None,
            plan=plan,
            subscription=subscription,
            reversal=await load_reversal(uow, payment, subscription),
            notice=self._policy.renewal_notice,
        )
        event = PaymentEvent(
            kind=PaymentEventKind.REFUND,
            provider=payment.provider,
            event_key=str(withdrawal.id),
            raw_type=ACTION,
            occurred_at=now,
            payment_key=f"withdrawal:{payment.id}",
            about_payment=payment.payment_key,
        )
        fact = Fact(event=event, snapshot=None, now=now, ends_contract=True)
        await self._refunds.take_back(uow, purchase, fact, reversal_decisions.time_of(purchase, fact, reason))

    async def _return_money(
        self, uow: UnitOfWork, contract: Contract, withdrawal: Withdrawal, actor: str, now: datetime
    ) -> None:
        """Request the refunds from the providers, or alert the owners that they must make the refunds."""
        due = [share for share in contract.shares if share.refund.minor]
        if due and not contract.automatic:
            amount = contract.amount or Money(0, due[0].refund.currency)
            alarm = WithdrawalOwed(
                order=withdrawal.reference, customer=withdrawal.customer_id, amount=amount, due=withdrawal.refund_due
            )
            uow.record(alarm.raise_event(f"withdrawal_owed:{withdrawal.id}", now))
            return
        for share in due:
            mark = str(uuid5(withdrawal.id, str(share.payment.id)))
            await request_refund(uow, share.payment, share.refund, mark, actor=actor, reason=REASON, at=now)
