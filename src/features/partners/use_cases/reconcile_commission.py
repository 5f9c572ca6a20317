"""Reconciliation of a partner's ledger with the state of a payment and its refunds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from features.partners.domain import Commission, Counts, EntryKind, Partner, PartnerId, PartnerTerms, terms_at
from features.partners.permissions import REFUSE_SELF_DEALING
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.payer_check import PayerCheck
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PaymentId, PlanId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import plan_change_policy, withdrawal_policy

log = structlog.get_logger(__name__)

_LOOKED_AT = 1000
"""Maximum number of payments considered per customer, enough for a weekly plan over almost twenty years."""


class _PayerUnasked(Exception):
    """Signal: the payment would earn a commission, but its payer must be checked first."""

    def __init__(self, payment: Payment, partner: Partner, terms: PartnerTerms | None) -> None:
        super().__init__(payment.reference)
        self.payment = payment
        self.partner = partner
        self.terms = terms


@dataclass(frozen=True)
class ReconcileCommission:
    """Use case that reconciles a partner's ledger with the current state of a payment."""

    units: UnitOfWorkFactory
    clock: Clock
    payer_check: PayerCheck
    policy: Policy

    async def __call__(self, payment_id: PaymentId) -> None:
        """Reconcile the ledger. Idempotent. Raises RetryLater if the provider does not respond or another process
        changes the ledger at the same time.

        The payer is fetched from the provider while no row is locked; then everything is calculated again.
        """
        refusals: dict[PaymentId, str] = {}
        while True:
            try:
                await self._settle_all(payment_id, refusals)
            except _PayerUnasked as refusal:
                refusals[refusal.payment.id] = await self.payer_check.refusal(
                    refusal.payment, refusal.partner, refusal.terms
                )
            else:
                return

    async def _settle_all(self, payment_id: PaymentId, refusals: Mapping[PaymentId, str]) -> None:
        async with self.units() as uow:
            payment = await uow.payments.get(payment_id)
            # The customer is locked, so that only one of two concurrent payments counts as the first.
            customer = await uow.customers.get(payment.customer_id, lock=True) if payment is not None else None
            if payment is None or customer is None or customer.brought_by is None:
                return
            partner = await uow.of(PARTNERS_KEY).get(PartnerId(customer.brought_by))
            if partner is None:
                return
            parts = [each for each in await uow.payments.of_order(payment.order_id) if each.part]
            went_back = [
                await self._settle(uow, partner, each, refusals) for each in (parts if payment.part else [payment])
            ]
            terms = terms_at(await uow.of(PARTNERS_KEY).terms(partner.id), payment.occurred_at)
            if any(went_back) and terms is not None and terms.counts is Counts.FIRST:
                # Only the first payment counts. If it is refunded, the next payment takes its place.
                for each in reversed(await uow.payments.of_customer(payment.customer_id, _LOOKED_AT)):
                    await self._settle(uow, partner, each, refusals)
            await uow.commit()

    async def _settle(
        self, uow: UnitOfWork, partner: Partner, payment: Payment, refusals: Mapping[PaymentId, str]
    ) -> bool:
        """Reconcile one payment. Return True if its commission was reversed."""
        commission = await self._commission(uow, partner, payment, refusal=refusals.get(payment.id, ""))
        if commission is not None and commission.is_new and payment.id not in refusals:
            raise _PayerUnasked(payment, partner, commission.terms)
        entries = commission.due(self.clock.now()) if commission is not None else []
        for entry in entries:
            if not await uow.of(PARTNERS_KEY).add_entry(entry):
                raise RetryLater("somebody else settled this commission at the same moment")
            log.info("commission", partner=partner.code, kind=entry.kind, payment=payment.reference)
            if entry.refusal:
                await self._note(uow, partner, payment, entry.refusal)
        return any(entry.kind is EntryKind.REVERSED and entry.amount.minor > 0 for entry in entries)

    async def _commission(
        self, uow: UnitOfWork, partner: Partner, payment: Payment, *, refusal: str
    ) -> Commission | None:
        order = await uow.orders.get(payment.order_id)
        plan = await uow.plans.get(await _plan_paid(uow, payment, order)) if order is not None else None
        if order is None or plan is None:
            return None
        entries = await uow.of(PARTNERS_KEY).entries_by(payment.customer_id, partner.id)
        payments = await uow.payments.of_customer(payment.customer_id, _LOOKED_AT)
        # All partial payments of one order count as one payment.
        order_payments = {each.id for each in payments if each.part and each.order_id == payment.order_id} | {
            payment.id
        }
        payment_times = [
            each.occurred_at for each in payments if each.flag is None and each.status != PaymentStatus.FLAGGED
        ]
        return Commission(
            partner=partner,
            terms=terms_at(await uow.of(PARTNERS_KEY).terms(partner.id), payment.occurred_at),
            payment=payment,
            order=order,
            plan=plan.soft_id,
            refunds=await uow.reversals.refunds_of(payment.id),
            disputes=await uow.reversals.disputes_of([payment.id]),
            entries=[entry for entry in entries if entry.payment_id == payment.id],
            others=[entry for entry in entries if entry.payment_id not in order_payments],
            first_at=min([*payment_times, payment.occurred_at]),
            right_until=self._right_until(order),
            refusal=refusal,
            zone=self.policy.zones.home,
        )

    def _right_until(self, order: Order) -> datetime | None:
        contract_at = withdrawal_policy.concluded_at(order)
        if contract_at is None or self.policy.withdrawal is withdrawal_policy.Scope.OFF:
            return None
        return withdrawal_policy.ends_at(contract_at, self.policy.zones.home)

    async def _note(self, uow: UnitOfWork, partner: Partner, payment: Payment, reason: str) -> None:
        await uow.audit.record(
            actor="system",
            action=REFUSE_SELF_DEALING,
            subject=str(payment.customer_id),
            reason=reason,
            at=self.clock.now(),
            facts={"code": partner.code, "payment": payment.reference},
        )


async def _plan_paid(uow: UnitOfWork, payment: Payment, order: Order) -> PlanId:
    """Return the plan that a payment was for. For a renewing subscription, this is the plan at the time of the
    payment.
    """
    if order.for_another or payment.subscription_id is None:
        return order.plan_id
    changes = await uow.subscriptions.changes_of(payment.subscription_id)
    return plan_change_policy.plan_at(changes, payment.recorded_at, order.plan_id)
