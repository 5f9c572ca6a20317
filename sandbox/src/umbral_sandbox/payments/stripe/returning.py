"""Handlers of the Stripe API's operations on refunds, and the lifecycle of refunds and disputes."""

from typing import Final

from umbral_sandbox.payments.money import to_text
from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import emit, noticed
from umbral_sandbox.payments.stripe.records import Charge, Dispute, JsonObject, Pairs, Refund
from umbral_sandbox.payments.stripe.shapes import money as shapes

_DAY: Final = 24 * 60 * 60


def create_refund(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/refunds``."""
    given = ask.given
    charge = _charge_named(account, given)
    refund = give_back(account, charge, given.number("amount"), given.text("reason"), given.pairs({}))
    return shapes.refund(refund)


def update_refund(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/refunds/{id}``: change a refund's metadata."""
    refund = found(account.refunds, ask.id, "refund")
    with noticed(account, "refund.updated", lambda: shapes.refund(refund)):
        refund.metadata = ask.given.pairs(refund.metadata)
        account.refunds.put(refund.id, refund)
    return shapes.refund(refund)


def give_back(account: Account, charge: Charge, amount: int | None, reason: str | None, metadata: Pairs) -> Refund:
    """Refund a charge. amount: amount to refund; None for everything that is not yet refunded."""
    left = charge.amount - charge.amount_refunded
    if held_back(account, charge):
        raise StripeError(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0 or not charge.succeeded:
        raise StripeError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        raise StripeError(
            f"Refund amount ({to_text(amount, charge.currency)} {charge.currency.upper()}) is greater than "
            f"unrefunded amount on charge ({to_text(left, charge.currency)} {charge.currency.upper()})",
            param="amount",
        )
    refund = Refund(
        **account.stamp("re"),
        amount=amount or left,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        reason=reason,
        metadata=metadata,
    )
    account.refunds.put(refund.id, refund)
    emit(account, "refund.created", shapes.refund(refund))
    with noticed(account, "charge.refunded", lambda: shapes.charge(charge)):
        charge.amount_refunded += refund.amount
        account.charges.put(charge.id, charge)
    return refund


def name_reference(account: Account, refund: Refund) -> None:
    """Set the bank's reference number of a refund, and send the event ``refund.updated``."""
    with noticed(account, "refund.updated", lambda: shapes.refund(refund)):
        refund.reference = f"{account.ids.number('refund_reference'):012d}"
        account.refunds.put(refund.id, refund)


def dispute(account: Account, charge: Charge) -> Dispute:
    """Open a dispute. The charge's money is on hold until the dispute is decided."""
    case = Dispute(
        **account.stamp("dp"),
        amount=charge.amount - charge.amount_refunded,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        due_by=account.now() + 9 * _DAY,
    )
    account.disputes.put(case.id, case)
    charge.disputed = True
    account.charges.put(charge.id, charge)
    emit(account, "charge.dispute.created", shapes.dispute(case))
    emit(account, "charge.dispute.funds_withdrawn", shapes.dispute(case))
    return case


def warn_of_fraud(account: Account, charge: Charge) -> None:
    """Report the payment as fraudulent, as the payer's bank; a dispute often follows
    (https://docs.stripe.com/api/radar/early_fraud_warnings/object).
    """
    stamp = account.stamp("issfr")
    warning: JsonObject = {
        "id": stamp["id"],
        "object": "radar.early_fraud_warning",
        "actionable": not charge.disputed and charge.amount_refunded < charge.amount,
        "charge": charge.id,
        "created": stamp["created"],
        "fraud_type": "unauthorized_use_of_card",
        "livemode": False,
        "payment_intent": charge.payment_intent,
    }
    emit(account, "radar.early_fraud_warning.created", warning)


def decide(account: Account, case: Dispute, won: bool) -> None:
    """Close a dispute for the seller, who gets the money back, or for the payer."""
    case.status = "won" if won else "lost"
    account.disputes.put(case.id, case)
    if won:
        emit(account, "charge.dispute.funds_reinstated", shapes.dispute(case))
    emit(account, "charge.dispute.closed", shapes.dispute(case))


def open_dispute_of(account: Account, charge: Charge) -> Dispute | None:
    """Return the undecided dispute of a charge, or None."""
    return next(
        (each for each in account.disputes.values() if each.charge == charge.id and each.status not in {"won", "lost"}),
        None,
    )


def decided_dispute_of(account: Account, charge: Charge, *, won: bool) -> Dispute | None:
    """Return the dispute of a charge that was won, or lost; None if there is none."""
    outcome = "won" if won else "lost"
    return next(
        (each for each in account.disputes.values() if (each.charge, each.status) == (charge.id, outcome)), None
    )


def held_back(account: Account, charge: Charge) -> bool:
    """Return True if the charge's money is not available because of a dispute that is undecided or lost."""
    return any(each.charge == charge.id and each.status != "won" for each in account.disputes.values())


def _charge_named(account: Account, given: Given) -> Charge:
    charge, intent = given.text("charge"), given.text("payment_intent")
    if (charge is None) == (intent is None):
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge."
            if charge is None
            else "You may only specify one of these parameters: charge, payment_intent."
        )
    if charge is not None:
        return found(account.charges, charge, "charge", "charge", 404)
    named = found(account.intents, intent or "", "payment_intent", "payment_intent", 404)
    if named.status != "succeeded" or named.latest_charge is None:
        raise StripeError(f"This PaymentIntent ({named.id}) does not have a successful charge to refund.")
    return found(account.charges, named.latest_charge, "charge")
