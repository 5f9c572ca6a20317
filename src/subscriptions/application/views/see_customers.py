"""Search and details of customers, as staff see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.access.extend_access import ExtendAccess
from subscriptions.application.access.grant_plan import GrantPlan
from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.plan_chats import first_chat_of, makes_vip
from subscriptions.application.access.remove_access import RemoveAccess
from subscriptions.application.access.resend_invite import ResendInvite
from subscriptions.application.access.restore_access import RestoreAccess
from subscriptions.application.access.suspend_access import SuspendAccess
from subscriptions.application.access.waiting_days import WaitingDays, waiting_days
from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.dto.policy import Policy
from subscriptions.application.features import StateOf, all_on
from subscriptions.application.payments.refunds_by_staff import RecordRefund, WantRefund
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.application.staff.bar_customer import BlockCustomer, UnblockCustomer
from subscriptions.application.staff.command import StaffCommand, SubjectKind, is_available, staff_commands
from subscriptions.application.staff.note_customer import NoteCustomer
from subscriptions.application.staff.tag_customer import TagCustomer, UntagCustomer
from subscriptions.application.subscriptions.change_renewals import RENEWALS, offered_changes
from subscriptions.application.subscriptions.money_left import balance_of, left_of
from subscriptions.application.subscriptions.offer_pages import OfferPages
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.team.set_role import SetRole
from subscriptions.application.views.card_part import (
    CardCommand,
    CardFacts,
    CardLine,
    CardNotice,
    lines_of,
    offered_by,
    read_parts,
)
from subscriptions.application.views.shown import shown_subscriptions
from subscriptions.application.withdrawals.withdraw_for_customer import WithdrawForCustomer
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.reversal import Dispute
from subscriptions.domain.entities.subscription import PROVIDER, STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import FIRST_STAGE, SECOND_STAGE
from subscriptions.domain.ids import CustomerId, PaymentId, PlanId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, pause_policy
from subscriptions.domain.services.payment_balance import DisplayedStatus
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True, kw_only=True)
class HeldPlan:
    """Subscription of a customer, as staff see it.

    plan: emoji and name of the plan
    paused_for: all reasons for a pause
    pause_until: end of a pause that the customer requested
    access_end: end of access, including the grace period if a charge failed; while Umbral suspends the access, the end
        that it would have if the suspension ended now
    makes_vip: True if it includes the VIP channel now
    renewals: staff commands that change its renewals
    next_charge, next_amount: time and amount of the provider's next charge; both None if there is none
    is_charge_reported: True if the provider reported the charge; False if it is derived from Umbral's own records
    renews_until: time scheduled at the provider after which the subscription no longer renews
    ended_at, end_reason: end of the subscription and its cause
    cancel_reason: reason that the customer gave
    waiting: days of other plans that wait until this plan's days are over
    """

    id: SubscriptionId
    plan_id: PlanId
    plan: str
    soft_id: str
    status: SubscriptionStatus
    paused_for: frozenset[str]
    access: AccessStatus | None
    access_end: datetime | None
    renews: bool
    live: bool
    provider: str | None
    makes_vip: bool = False
    pause_until: datetime | None = None
    renewals: Sequence[type[StaffCommand]] = ()
    next_charge: datetime | None = None
    next_amount: Money | None = None
    is_charge_reported: bool = False
    renews_until: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    cancel_reason: str | None = None
    waiting: tuple[WaitingDays, ...] = ()

    @property
    def on_hold(self) -> bool:
        """Return True if Umbral suspends the customer's access, so that no time runs."""
        return self.live and bool(self.paused_for - {PROVIDER})

    @property
    def available_commands(self) -> Sequence[type[StaffCommand]]:
        """Staff commands that are available for the subscription."""
        if not self.live:
            return ()
        is_suspended = STAFF in self.paused_for
        conditions: dict[type[StaffCommand], bool] = {
            ExtendAccess: True,
            ResendInvite: True,
            OfferPages: self.status is SubscriptionStatus.PAST_DUE and self.renews,
            **{command: command in self.renewals for command in RENEWALS},
            RestoreAccess: self._may_rest and is_suspended,
            SuspendAccess: self._may_rest and not is_suspended,
            WithdrawForCustomer: self.provider is not None,
            RemoveAccess: True,
        }
        return _commands(SubjectKind.SUBSCRIPTION, conditions)

    @property
    def _may_rest(self) -> bool:
        return self.status in _MAY_REST or bool(self.paused_for)


@dataclass(frozen=True, kw_only=True)
class PaidMoney:
    """Payment, as staff see it.

    returned_amount: amount lost by refunds and a lost dispute
    refundable: amount that can still be refunded, reduced by refunds in progress
    refunds: True if its provider supports refunds
    dispute: newest dispute
    added: additions by features
    """

    id: PaymentId
    reference: str
    at: datetime
    amount: Money
    status: DisplayedStatus
    flag: FlagReason | None
    returned_amount: Money
    refundable: Money
    refunds: bool
    provider: str
    dispute: Dispute | None = None
    added: Sequence[CardFacts] = ()
    state_of: StateOf = all_on

    @property
    def available_commands(self) -> Sequence[type[StaffCommand]]:
        """Staff commands that are available for the payment."""
        conditions: dict[type[StaffCommand], bool] = {
            WantRefund: self.refunds and self.refundable.minor > 0,
            RecordRefund: self.refundable.minor > 0,
            **offered_by(self.added),
        }
        return _commands(SubjectKind.PAYMENT, conditions, self.state_of)


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """Customer with all details, as staff see them.

    waiting_messages: number of messages stored until the customer unblocks the bot
    notes: staff commands and staff's notes, newest first
    remarks: staff's notes alone, newest first
    added: additions by features
    """

    customer: Customer
    plans: tuple[HeldPlan, ...]
    waiting_messages: int = 0
    payments: tuple[PaidMoney, ...]
    notes: tuple[AuditLine, ...]
    remarks: tuple[AuditLine, ...] = ()
    added: Sequence[CardFacts] = ()
    state_of: StateOf = all_on

    @property
    def lines(self) -> Sequence[CardLine]:
        """Lines added by features."""
        return lines_of(self.added)

    @property
    def notices(self) -> Sequence[CardNotice]:
        """Notices added by features."""
        return [each for part in self.added for each in part.notices]

    @property
    def commands(self) -> Sequence[CardCommand]:
        """Commands about other subjects that features add."""
        found = [each for part in self.added for each in part.commands]
        return [each for each in found if is_available(each.command, self.state_of(each.command))]

    @property
    def available_commands(self) -> Sequence[type[StaffCommand]]:
        """Staff commands that are available for the customer."""
        is_barred = self.customer.barred_at is not None
        conditions: dict[type[StaffCommand], bool] = {
            GrantPlan: True,
            NoteCustomer: True,
            TagCustomer: True,
            UntagCustomer: bool(self.customer.tags),
            UnblockCustomer: is_barred,
            BlockCustomer: not is_barred,
            SetRole: True,
            ResetFactor: self.customer.staff_role is not None,
            **offered_by(self.added),
        }
        return _commands(SubjectKind.CUSTOMER, conditions, self.state_of)

    @property
    def live(self) -> tuple[HeldPlan, ...]:
        """Live subscriptions."""
        return tuple(item for item in self.plans if item.live)


async def _shown_access(uow: UnitOfWork, channel: Channel, access: Access) -> AccessStatus:
    """Return the status of an access, or `action_required` while the customer has not taken the steps before the
    link.
    """
    entry = await entry_at(uow, channel, access.customer_id) if access.status is AccessStatus.PENDING else None
    is_theirs = entry is not None and entry.vip_entry_stage in {FIRST_STAGE, SECOND_STAGE}
    return AccessStatus.ACTION_REQUIRED if is_theirs else access.status


def _commands(
    subject: str, conditions: Mapping[type[StaffCommand], bool], state_of: StateOf = all_on
) -> Sequence[type[StaffCommand]]:
    """Return the available commands on a kind of subject: those whose condition is True, then those without a
    condition. Commands with `leads` come first.
    """
    others = {
        command: True
        for command in staff_commands().values()
        if command.subject == subject and command not in conditions
    }
    offered = [command for command, is_offered in {**conditions, **others}.items() if is_offered]
    offered.sort(key=lambda command: not command.leads)
    return tuple(command for command in offered if is_available(command, state_of(command)))


_MAY_REST: Final = {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}
PAYMENTS_SHOWN: Final = 5
NOTES_SHOWN: Final = 5
ENTRIES_READ: Final = 50
"""Number of the newest audit entries among which notes are searched."""


@dataclass(frozen=True)
class SeeCustomers:
    """Use case that returns customers and their details. Each method raises NotAllowed if the actor lacks the
    permission.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    staff_desk: StaffDesk
    policy: Policy
    state_of: StateOf = all_on

    @reads(StaffAction.SEE_CUSTOMERS)
    async def get(self, uow: UnitOfWork, customer_id: CustomerId) -> Customer | None:
        """Return a customer by id; None if there is none."""
        return await uow.customers.get(customer_id)

    @reads(StaffAction.SEE_CUSTOMERS)
    async def tags(self, uow: UnitOfWork) -> Sequence[str]:
        """Return the tags in use, in alphabetical order."""
        return await uow.customers.tags_in_use()

    @reads(StaffAction.SEE_CUSTOMERS)
    async def card(self, uow: UnitOfWork, customer_id: CustomerId) -> CustomerView | None:
        """Return all details of a customer; None if the customer does not exist."""
        customer = await uow.customers.get(customer_id)
        if customer is None:
            return None
        subscriptions = await shown_subscriptions(uow, customer.id)
        payments = await uow.payments.of_customer(customer.id, PAYMENTS_SHOWN)
        notifications = await uow.notifications.kept_for(customer.telegram_id)
        entries = await uow.audit.of_subject(str(customer.id), ENTRIES_READ)
        return CustomerView(
            state_of=self.state_of,
            customer=customer,
            plans=tuple([await self._held_plan(uow, item) for item in subscriptions]),
            payments=tuple([await self._paid_money(uow, item) for item in payments]),
            notes=tuple(entries[:NOTES_SHOWN]),
            remarks=tuple([each for each in entries if each.action == NoteCustomer.permission][:NOTES_SHOWN]),
            waiting_messages=len(notifications),
            added=await read_parts(uow, SubjectKind.CUSTOMER, customer.id, self.state_of),
        )

    @reads(StaffAction.SEE_CUSTOMERS)
    async def get_plan(self, uow: UnitOfWork, subscription_id: SubscriptionId) -> tuple[Customer, HeldPlan] | None:
        """Return a subscription with its customer; None if there is none."""
        subscription = await uow.subscriptions.get(subscription_id)
        customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
        if subscription is None or customer is None:
            return None
        return customer, await self._held_plan(uow, subscription)

    @reads(StaffAction.SEE_CUSTOMERS)
    async def payment(self, uow: UnitOfWork, payment_id: PaymentId) -> tuple[Customer, PaidMoney] | None:
        """Return a payment with its customer; None if there is none."""
        payment = await uow.payments.get(payment_id)
        customer = await uow.customers.get(payment.customer_id) if payment is not None else None
        if payment is None or customer is None:
            return None
        return customer, await self._paid_money(uow, payment)

    async def _held_plan(self, uow: UnitOfWork, subscription: Subscription) -> HeldPlan:
        plan = await uow.plans.get(subscription.plan_id)
        channel, access = await first_chat_of(uow, subscription, plan)
        renewals = offered_changes(subscription, plan, self.gateways) if plan is not None else ()
        next_plan = await uow.plans.get(subscription.coming_plan_id) if subscription.coming_plan_id else None
        grace, now = access_policy.grace_of(plan, self.policy.grace), self.staff_desk.clock.now()
        return HeldPlan(
            id=subscription.id,
            plan_id=subscription.plan_id,
            plan=plan.label if plan else "?",
            soft_id=plan.soft_id if plan else "",
            status=subscription.status,
            paused_for=subscription.paused_for,
            access=await _shown_access(uow, channel, access) if channel and access else None,
            access_end=access_policy.shown_end(subscription, grace, now),
            renews=subscription.renews,
            live=subscription.live,
            provider=subscription.provider,
            makes_vip=await makes_vip(uow, subscription, plan),
            pause_until=subscription.pause_until if pause_policy.pauses(subscription) else None,
            renewals=renewals,
            next_charge=subscription.next_charge,
            next_amount=await next_amount(uow, subscription, next_plan) if subscription.next_charge else None,
            is_charge_reported=subscription.upcoming is not None,
            renews_until=subscription.cancel_at if subscription.renews else None,
            ended_at=subscription.ended_at,
            end_reason=subscription.end_reason,
            cancel_reason=subscription.cancel_reason,
            waiting=await waiting_days(uow, subscription, grace, now),
        )

    async def _paid_money(self, uow: UnitOfWork, payment: Payment) -> PaidMoney:
        balance = await balance_of(uow, payment)
        disputes = balance.disputes
        gateway = self.gateways.get(payment.provider)
        return PaidMoney(
            id=payment.id,
            reference=payment.reference,
            at=payment.occurred_at,
            amount=payment.amount,
            status=balance.status,
            flag=payment.flag,
            returned_amount=balance.given_back,
            refundable=await left_of(uow, payment),
            refunds=gateway is not None and Capability.REFUND in gateway.capabilities,
            provider=payment.provider,
            dispute=disputes[-1] if disputes else None,
            added=await read_parts(uow, SubjectKind.PAYMENT, payment.id, self.state_of),
            state_of=self.state_of,
        )
