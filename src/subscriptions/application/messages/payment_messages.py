"""Messages about payments: full, partial, failed and refunded payments."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from subscriptions.application.access.brought_days import days_to_return, lasting_end
from subscriptions.application.access.plan_chats import chats_with_access, gives_own
from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.catalog.overlaps import overlaps
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.application.messages.subscription_messages import WithGrace
from subscriptions.application.payments.refunds import differences_left, gave_no_time, paid_together
from subscriptions.application.subscriptions.money_left import balance_of
from subscriptions.application.vip.vip_view import vip_view
from subscriptions.application.withdrawals.contracts import has_right
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.ledger import CUTS, access_until
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.order import AttemptStatus, Order, OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.service_plan import RefundPolicy, ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER, REFUNDED, Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import FIRST_STAGE
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import OrderId, PaymentId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, notice_policy, part_policy, pricing, withdrawal_policy

_ACKNOWLEDGED_WITHIN: Final = timedelta(hours=1)
"""Time after a withdrawal within which its acknowledgement replaces the message about the refund."""


@dataclass(frozen=True)
class PaymentFacts:
    """Payment with its order and subscription, from which messages are built. `plan`: current plan of the subscription,
    which may differ from the order's plan.
    """

    payment: Payment
    order: Order | None
    subscription: Subscription | None
    plan: ServicePlan | None

    @classmethod
    async def load(cls, uow: UnitOfWork, payment_id: PaymentId) -> Self | None:
        payment = await uow.payments.get(payment_id)
        if payment is None:
            return None
        order = await uow.orders.get(payment.order_id)
        subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
        plan_id = subscription.plan_id if subscription is not None else order.plan_id if order is not None else None
        return cls(payment, order, subscription, await uow.plans.get(plan_id) if plan_id is not None else None)

    @property
    def plan_name(self) -> str:
        return self.plan.name if self.plan else ""

    @property
    def reference(self) -> str:
        return self.order.reference if self.order else self.payment.reference

    @property
    def keeps_access(self) -> bool:
        return self.order is not None and self.order.refund_policy is RefundPolicy.KEEP_ACCESS

    async def access_end(self, sources: Sources) -> datetime | None:
        return await lasting_end(sources.uow, self.subscription, sources.now) if self.subscription else None


class PaymentMessage(Announcement):
    """Base of the messages about a received payment.

    amount: amount including the order's other partial payments
    excess: overpaid amount
    receipt: number of the receipt; empty if there is none
    withheld: True while the customer has no access because of a pause
    charge, next_amount: time and amount of the next charge, for a plan shorter than a month; otherwise None
    """

    plan_name: str
    amount: Money
    excess: Money | None
    reference: str
    receipt: str
    until: datetime | None
    withheld: bool = False
    charge: datetime | None = None
    next_amount: Money | None = None

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the payment does not exist. `subject`: id of the payment."""
        paid_facts = await PaymentFacts.load(sources.uow, PaymentId(subject))
        if paid_facts is None:
            return None
        payments, subscription = await paid_together(sources.uow, paid_facts.payment), paid_facts.subscription
        charge = notice_policy.announced_with_receipt(subscription, sources.now) if subscription is not None else None
        service_plan = (
            await sources.uow.plans.get(subscription.coming_plan_id)
            if subscription is not None and subscription.coming_plan_id
            else None
        )
        return cls(
            plan_name=paid_facts.plan_name,
            amount=sum(
                (item.amount for item in payments if item.id != paid_facts.payment.id), paid_facts.payment.amount
            ),
            excess=paid_facts.payment.excess,
            reference=paid_facts.reference,
            receipt=await _receipt(sources.uow, paid_facts.payment.id, paid_facts.payment.id),
            until=await paid_facts.access_end(sources),
            withheld=subscription is not None and subscription.on_hold,
            charge=charge,
            next_amount=(
                await next_amount(sources.uow, subscription, service_plan)
                if subscription is not None and charge
                else None
            ),
        )


class PeriodMessage(PaymentMessage):
    """Base of the messages about a charge for a period of a subscription."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the customer has no access because of a pause."""
        return "withheld" if self.withheld else "other"


class RenewedMessage(PeriodMessage, kind=MessageKind.RENEWED):
    """Notice that the next period was charged."""


class RecoveredMessage(PeriodMessage, kind=MessageKind.RECOVERED):
    """Notice that a failed charge succeeded."""


class ChangePaid(PaymentMessage, kind=MessageKind.CHANGE_PAID):
    """Notice of the payment for a plan change."""


class PaymentFlaggedMessage(PaymentMessage, kind=MessageKind.PAYMENT_FLAGGED, may_need_help=True):
    """Notice of a payment under review. `reason`: review reason."""

    announces_payment = True
    reason: str

    @property
    def word(self) -> str:
        """Return the variant of the text. Some review reasons share the default variant."""
        return self.reason or "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the payment does not exist. `subject`: id of the payment."""
        payment_message = await PaymentMessage.load(sources, subject)
        payment = await sources.uow.payments.get(PaymentId(subject))
        return (
            None
            if payment_message is None or payment is None
            else cls(**vars(payment_message), reason=payment.flag_word)
        )


class PaymentReceivedMessage(PaymentMessage, kind=MessageKind.PAYMENT_RECEIVED):
    """Notice of a purchase.

    back: True if the customer was in the channel before and has left
    longer: True if the purchase extends access, or if the customer is still a member
    replaces: True if the payment takes the place of a failed charge, which is not collected any more
    vip: True if the plan includes the VIP channel
    shared: True if the plan includes only shared resources
    stage: entry step, if completing it is the customer's next action; None otherwise
    charged: name of another plan with the same chats that is still charged although this plan is for life; empty if
        there is none
    charged_plan: slug of that plan
    withdraw_until: last day for a withdrawal from the contract; None if the customer has no right of withdrawal
    order: id of the order, in hexadecimal
    declared: full text of the declaration that the payer made; empty for none
    """

    announces_payment = True
    back: bool
    longer: bool
    vip: bool
    stage: int | None
    charged: str = ""
    charged_plan: str = ""
    order: str = ""
    withdraw_until: date | None = None
    declared: str = ""
    shared: bool = False
    replaces: bool = False

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the customer's next action."""
        if self.vip or self.longer:
            return "vip" if self.vip else "longer"
        return "shared" if self.shared else "back" if self.back else "first"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the payment does not exist. `subject`: id of the payment."""
        payment_message = await PaymentMessage.load(sources, subject)
        paid_facts = await PaymentFacts.load(sources.uow, PaymentId(subject))
        if payment_message is None or paid_facts is None:
            return None
        subscription, payment = paid_facts.subscription, paid_facts.payment
        plan = paid_facts.plan
        is_shared = subscription is not None and plan is not None and not await gives_own(sources.uow, plan)
        charged_overlaps = await overlaps(sources.uow, payment.customer_id, plan) if plan is not None else ()
        is_extension = (
            subscription is not None and not payment.is_renewal and await _goes_on(sources.uow, subscription, payment)
        )
        return cls(
            **vars(payment_message),
            back=subscription is not None
            and not is_extension
            and await _was_inside(sources.uow, subscription, payment.recorded_at),
            longer=is_extension,
            replaces=subscription is not None and await _replaces(sources.uow, subscription, payment),
            vip=is_shared and plan is not None and plan.opens_vip,
            shared=is_shared,
            stage=await _first_stage(sources, subscription, plan) if subscription is not None else None,
            charged=charged_overlaps[0].plan_name if charged_overlaps else "",
            charged_plan=charged_overlaps[0].soft_id if charged_overlaps else "",
            order=payment.order_id.hex,
            withdraw_until=await _withdraw_until(sources, paid_facts.order),
            declared=await _declarations(sources.uow, paid_facts.order),
        )


class PartReceivedMessage(Announcement, kind=MessageKind.PART_RECEIVED, may_need_help=True):
    """Notice of a partial payment.

    missing: amount still to be paid by the same method until `until`
    gift: True for a gift
    """

    plan_name: str
    soft_id: str
    provider: str
    amount: Money
    missing: Money
    until: datetime
    reference: str
    gift: bool

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the order was paid or closed in the meantime. `subject`: id of the
        payment.
        """
        uow = sources.uow
        payment = await uow.payments.get(PaymentId(subject))
        order = await uow.orders.get(payment.order_id) if payment is not None else None
        plan = await uow.plans.get(order.plan_id) if order is not None else None
        if payment is None or order is None or plan is None or order.status is not OrderStatus.OPEN:
            return None
        parts = await uow.payments.waiting_parts([order.id])
        mine = [item for item in await uow.orders.attempts(order.id) if item.provider == payment.provider]
        return cls(
            plan_name=plan.name,
            soft_id=plan.soft_id,
            provider=payment.provider,
            amount=payment.amount,
            missing=part_policy.rest_of(pricing.full_price(mine[-1] if mine else None, order), parts),
            until=order.expires_at,
            reference=order.reference,
            gift=order.for_another,
        )


class CheckoutFailedMessage(Announcement, kind=MessageKind.CHECKOUT_FAILED, may_need_help=True):
    """Notice that a pending payment failed. `gift`: True for a gift."""

    plan_name: str
    soft_id: str
    amount: Money
    reference: str
    gift: bool

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the order was paid or another checkout was opened in the meantime.
        `subject`: id of the order.
        """
        order = await sources.uow.orders.get(OrderId(subject))
        plan = await sources.uow.plans.get(order.plan_id) if order is not None else None
        if order is None or plan is None or order.status is OrderStatus.PAID:
            return None
        attempts = await sources.uow.orders.attempts(order.id)
        if not attempts or any(item.status is not AttemptStatus.CLOSED for item in attempts):
            return None
        return cls(
            plan_name=plan.name,
            soft_id=plan.soft_id,
            amount=pricing.asked_by(attempts[-1], order),
            reference=order.reference,
            gift=order.for_another,
        )


class RefundedMessage(Announcement, kind=MessageKind.REFUNDED, may_need_help=True):
    """Notice of a refund.

    paid: amount of the refunded payment
    soft_id: slug of the plan; empty if the payment granted no access
    full: True if the whole payment was refunded
    live, until: True if access from other payments or grants remains; its end
    goes_on: True if access continues, because of the plan's refund policy or of another subscription to the plan
    renews: True if the provider will charge again
    difference: True if the payment was for a plan change
    gift: True if the payment was for a gift
    withdrawn: True after a withdrawal from the contract
    withheld: True while the customer has no access because of a pause
    was_over: True if access had ended before the refund
    difference_left: price difference that was paid to have the refunded period on another plan, and not refunded; None
        if there is none
    """

    plan_name: str
    soft_id: str
    amount: Money
    paid: Money
    receipt: str
    reference: str
    until: datetime | None
    full: bool
    live: bool
    goes_on: bool
    difference: bool
    gift: bool
    withdrawn: bool = False
    withheld: bool = False
    renews: bool = False
    was_over: bool = False
    difference_left: Money | None = None

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the effect on access."""
        if self.withdrawn:
            return "withdrawn"
        if not self.full or (self.difference and self.live):
            return "part"
        if self.gift:
            return "gift_opened" if self.soft_id else "gift"
        if not self.soft_id:
            return "surplus"
        return "goes_on" if self.goes_on else self._word_of_subscription

    @property
    def _word_of_subscription(self) -> str:
        """Return the variant of the text, which depends on the further charges and the rest of the subscription."""
        if self.renews:
            return "goes_on" if self.live and not self.withheld else "goes_on_later"
        if not self.live:
            return "over" if self.was_over else "ended"
        return "withheld" if self.withheld else "shorter"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the acknowledgement of a withdrawal has just announced the refund.
        `subject`: id of the refund.
        """
        refund = await sources.uow.reversals.get_refund(subject)
        paid_facts = await PaymentFacts.load(sources.uow, refund.payment_id) if refund is not None else None
        if refund is None or paid_facts is None:
            return None
        withdrawal = None
        if paid_facts.payment.flag is None:
            withdrawal = await sources.uow.of(WITHDRAWALS_KEY).of_order(paid_facts.payment.order_id)
        if withdrawal is not None and _is_acknowledged(withdrawal, refund):
            return None
        subscription = paid_facts.subscription
        end, live = await remaining_access(sources, paid_facts)
        withheld = subscription is not None and subscription.on_hold
        is_kept = paid_facts.keeps_access and live and not withheld
        return cls(
            plan_name=paid_facts.plan_name,
            soft_id=paid_facts.plan.soft_id if paid_facts.plan and paid_facts.subscription else "",
            amount=refund.amount,
            paid=paid_facts.payment.amount,
            receipt=await _receipt(sources.uow, paid_facts.payment.id, refund.id),
            reference=paid_facts.reference,
            until=end,
            full=paid_facts.payment.status is PaymentStatus.REFUNDED,
            live=live,
            goes_on=is_kept or await _has_other(sources.uow, subscription),
            difference=await gave_no_time(sources.uow, paid_facts.payment),
            gift=paid_facts.order is not None and paid_facts.order.for_another and paid_facts.payment.flag is None,
            withdrawn=withdrawal is not None,
            withheld=withheld,
            renews=subscription is not None and subscription.renews,
            was_over=_was_over(subscription, refund.recorded_at),
            difference_left=await _difference_left(sources.uow, paid_facts.payment),
        )


async def _difference_left(uow: UnitOfWork, payment: Payment) -> Money | None:
    """Return what is left of the price differences that were paid for the period of a refunded payment; None if nothing
    is left.
    """
    if payment.subscription_id is None or payment.status is not PaymentStatus.REFUNDED:
        return None
    kept = [left for _, left in await differences_left(uow, payment.subscription_id, [payment.id])]
    return sum(kept[1:], kept[0]) if kept else None


def _was_over(subscription: Subscription | None, at: datetime) -> bool:
    """Return True if the subscription ended before the money went back at the given time. A subscription that was ended
    in order to refund it does not count.
    """
    if subscription is None or subscription.live or subscription.ended_at is None:
        return False
    is_earlier = subscription.ended_at < at and subscription.end_reason != REFUNDED
    return is_earlier or subscription.end_reason == PERIOD_OVER


def _is_acknowledged(withdrawal: Withdrawal, refund: Refund) -> bool:
    """Return True if the acknowledgement of the withdrawal, which states the amount and the deadline of the refund, was
    sent within the hour before the refund.
    """
    is_part = withdrawal.amount is not None and refund.amount.currency == withdrawal.amount.currency
    soon = refund.recorded_at - withdrawal.declared_at <= _ACKNOWLEDGED_WITHIN
    return withdrawal.automatic and is_part and soon


class DisputeLost(WithGrace, kind=MessageKind.DISPUTE_LOST, may_need_help=True):
    """Notice of a lost dispute.

    goes_on: True if the provider will charge again
    taken: disputed amount if it was only part of the payment; None otherwise
    was_over: True if access had ended before the dispute was lost
    """

    goes_on: bool
    taken: Money | None = None
    was_over: bool = False

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the remaining payment, further charges, and access."""
        if self.taken is not None:
            return "part"
        if self.goes_on:
            return self._word_of_renewing
        if not self.live:
            return "over" if self.was_over else "ended"
        return "withheld" if self.rests else "other"

    @property
    def _word_of_renewing(self) -> str:
        if self.live and not self.rests:
            return "goes_on"
        if self.back is not None:
            return "goes_on_pause"
        return "goes_on_withheld" if self.rests else "goes_on_later"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if no lost dispute is recorded. `subject`: id of the subscription.

        If the subscription ended and the customer has a newer subscription to the same plan, the message describes the
        newer one.
        """
        message = await WithGrace.load(sources, subject)
        dispute = await _last_lost(sources.uow, SubscriptionId(subject))
        paid_facts = await PaymentFacts.load(sources.uow, dispute.payment_id) if dispute is not None else None
        if message is None or dispute is None or paid_facts is None:
            return None
        subscription = paid_facts.subscription
        balance = await balance_of(sources.uow, paid_facts.payment)
        taken = None if balance.is_gone else dispute.amount or paid_facts.payment.amount
        other = await _other_live(sources.uow, subscription) if subscription is not None else None
        if other is not None:
            present = await WithGrace.load(sources, other.id)
            return cls(**vars(present or message), goes_on=other.renews, taken=taken)
        if subscription is not None and subscription.has_failed_charge:
            end, live = message.until, message.live
        else:
            end, live = await remaining_access(sources, paid_facts)
        facts = vars(message) | {"until": end, "live": live}
        goes_on = subscription is not None and subscription.renews
        was_over = _was_over(subscription, dispute.closed_at or dispute.opened_at)
        return cls(**facts, goes_on=goes_on, taken=taken, was_over=was_over)


class Withdrawn(Announcement, kind=MessageKind.WITHDRAWN, may_need_help=True):
    """Acknowledgement of receipt of a withdrawal from a contract.

    name: name of the person who withdrew
    amount, owed: refunded amount and amount still owed; None if zero
    due: deadline of the refund
    live: True if the customer still has time on the plan from another source
    order: id of the order, in hexadecimal
    """

    plan_name: str
    reference: str
    name: str
    contract_at: datetime
    declared_at: datetime
    amount: Money | None
    owed: Money | None
    automatic: bool
    due: datetime
    gift: bool
    live: bool
    order: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the withdrawal does not exist. `subject`: id of the withdrawal."""
        withdrawal = await sources.uow.of(WITHDRAWALS_KEY).get(subject)
        order = await sources.uow.orders.get(withdrawal.order_id) if withdrawal is not None else None
        return await cls.from_withdrawal(sources.uow, withdrawal, order) if withdrawal and order else None

    @classmethod
    async def from_withdrawal(cls, uow: UnitOfWork, withdrawal: Withdrawal, order: Order) -> Self:
        """Create the acknowledgement of a withdrawal, at any time after it."""
        live = await uow.subscriptions.live_for(withdrawal.customer_id, order.plan_id)
        return cls(
            plan_name=withdrawal.plan_name,
            reference=withdrawal.reference,
            name=withdrawal.name,
            contract_at=withdrawal.contract_at,
            declared_at=withdrawal.declared_at,
            amount=withdrawal.amount,
            owed=withdrawal.kept,
            automatic=withdrawal.automatic,
            due=withdrawal.refund_due,
            gift=order.for_another,
            live=live is not None,
            order=withdrawal.order_id.hex,
        )


async def _declarations(uow: UnitOfWork, order: Order | None) -> str:
    if order is None:
        return ""
    payments, declarations = (
        await uow.payments.of_order(order.id),
        await uow.of(WITHDRAWALS_KEY).declarations_of(order.id),
    )
    return withdrawal_policy.declared_before(order, payments, declarations) or ""


async def _withdraw_until(sources: Sources, order: Order | None) -> date | None:
    """Return the last day for a withdrawal. Return None if the customer has no right of withdrawal."""
    contract_at = withdrawal_policy.concluded_at(order) if order is not None else None
    if order is None or contract_at is None or not await has_right(sources.uow, order, sources.policy.withdrawal):
        return None
    return withdrawal_policy.last_day(contract_at, sources.policy.zones.home)


async def _was_inside(uow: UnitOfWork, subscription: Subscription, paid_at: datetime) -> bool:
    """Return True if the customer was in their channel before the payment. The current status does not show this,
    because the message may be sent much later.
    """
    channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    if channel is None or channel.ready_at is None or channel.ready_at > paid_at:
        return False
    access = await uow.accesses.find(subscription.customer_id, channel.id)
    return access is not None and access.joined_at is not None


async def _goes_on(uow: UnitOfWork, subscription: Subscription, payment: Payment) -> bool:
    """Return True if the customer needs no link, because their access already existed before the payment or they are a
    member.
    """
    ledger_entries = [
        entry
        for entry in await uow.ledger.of_subscription(subscription.id)
        if entry.payment_id != payment.id and entry.created_at < payment.recorded_at
    ]
    if ledger_entries or subscription.order_id != payment.order_id:
        return True
    channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    if channel is not None:
        accesses = [await uow.accesses.find(subscription.customer_id, channel.id)]
    else:
        # Another plan may already give access to all chats of this one.
        plan = await uow.plans.get(subscription.plan_id)
        chats = await chats_with_access(uow, subscription.customer_id, plan) if plan is not None else ()
        accesses = [access for _, access in chats]
    return bool(accesses) and all(_has_joined_before(access, payment.recorded_at) for access in accesses)


async def _replaces(uow: UnitOfWork, subscription: Subscription, payment: Payment) -> bool:
    """Return True if the payment was recorded in the place of a failed charge of the subscription."""
    subscriptions = await uow.subscriptions.of_customer(subscription.customer_id)
    former = [each for each in subscriptions if each.is_replaced and each.plan_id == subscription.plan_id]
    return any(each.ended_at == payment.recorded_at for each in former)


def _has_joined_before(access: Access | None, paid_at: datetime) -> bool:
    """Return True if the customer is a member and joined before the payment."""
    if access is None or access.status is not AccessStatus.ACTIVE:
        return False
    return access.joined_at is not None and access.joined_at < paid_at


async def _first_stage(sources: Sources, subscription: Subscription, plan: ServicePlan | None) -> int | None:
    """Return the first entry step if the customer still has to complete it, even if the plan includes other resources.
    Return None otherwise.
    """
    if plan is None or not plan.opens_vip:
        return None
    vip = await vip_view(sources.uow, subscription.customer_id, sources.now, sources.policy.grace)
    return FIRST_STAGE if vip is not None and vip.stage == FIRST_STAGE and not vip.is_inside else None


async def _has_other(uow: UnitOfWork, subscription: Subscription | None) -> bool:
    """Return True if the subscription ended and the customer has another live subscription to the same plan."""
    return subscription is not None and await _other_live(uow, subscription) is not None


async def _other_live(uow: UnitOfWork, subscription: Subscription) -> Subscription | None:
    """Return the customer's newer subscription to the same plan if this subscription ended. Return None otherwise."""
    live = await uow.subscriptions.live_for(subscription.customer_id, subscription.plan_id)
    return live if not subscription.live else None


async def last_cut(uow: UnitOfWork, subscription_id: SubscriptionId) -> PaymentId | None:
    """Return the payment of a subscription that was most recently refunded or charged back; None if there is none."""
    cuts = [entry for entry in await uow.ledger.of_subscription(subscription_id) if entry.kind in CUTS]
    latest_cut = max(cuts, key=lambda entry: (entry.created_at, entry.id or 0), default=None)
    return latest_cut.payment_id if latest_cut is not None else None


async def _last_lost(uow: UnitOfWork, subscription_id: SubscriptionId) -> Dispute | None:
    """Return the most recently lost dispute about a subscription's payments; None if there is none."""
    entries = await uow.ledger.of_subscription(subscription_id)
    disputes = await uow.reversals.disputes_of([each.payment_id for each in entries if each.payment_id is not None])
    lost_disputes = [item for item in disputes if item.is_lost]
    return max(lost_disputes, key=lambda item: item.closed_at or item.opened_at, default=None)


async def remaining_access(sources: Sources, paid_facts: PaymentFacts) -> tuple[datetime | None, bool]:
    """Return the end of access and whether access remains. The end includes a current pause and a period whose charge
    is under way, and excludes referral days that are about to be revoked.
    """
    subscription = paid_facts.subscription
    if subscription is None:
        return None, False
    entries = await sources.uow.ledger.of_subscription(subscription.id)
    end = access_until(access_policy.with_rest(subscription, entries, sources.now))
    days_back = await days_to_return(sources.uow, subscription, sources.now)
    end = end - days_back if end is not None else None
    charging_end = subscription.charging_until(sources.now)
    if charging_end is not None:
        return max(charging_end, end or charging_end), True
    is_over = end is not None and end <= sources.now
    in_grace = subscription.status is SubscriptionStatus.PAST_DUE and not days_back
    return end, subscription.live and (in_grace or not is_over)


async def _receipt(uow: UnitOfWork, payment_id: PaymentId, source: UUID) -> str:
    """Return the number of the receipt for `source`, a payment or one of its refunds. Return an empty text if there is
    none.
    """
    receipts = await uow.receipts.of_payment(payment_id)
    return next((item.label for item in receipts if item.source_id == source), "")
