"""Lifecycle of a dispute: opened by the payer, possibly escalated to a chargeback, decided."""

from typing import Final

from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.events import emit
from umbral_sandbox.payments.paypal.records import Dispute, JsonObject, Payment
from umbral_sandbox.payments.paypal.returning import give_back, left_of, reverse
from umbral_sandbox.payments.paypal.shapes import disputes as shapes
from umbral_sandbox.payments.paypal.times import DAY, written

_TO_ANSWER_S: Final = 10 * DAY


def open_dispute_of(account: Account, payment: Payment) -> Dispute | None:
    """Return the undecided dispute of a payment, or None."""
    return next(
        (each for each in account.disputes.values() if each.payment == payment.id and each.status != "RESOLVED"), None
    )


def dispute(account: Account, payment: Payment) -> Dispute:
    """Open a payer's dispute, at the stage in the account's settings."""
    stage = account.settings.dispute_stage
    case = Dispute(
        **account.stamp("dispute", account.ids.dispute()),
        payment=payment.id,
        amount=left_of(payment),
        currency=payment.currency,
        stage=stage,
        status="OPEN" if stage == "INQUIRY" else "WAITING_FOR_SELLER_RESPONSE",
        reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED" if stage == "INQUIRY" else "UNAUTHORISED",
        due_by=account.now() + _TO_ANSWER_S,
    )
    account.disputes.put(case.id, case)
    _tell(account, case, "CREATED", "A new dispute opened with Case # " + case.id)
    return case


def escalate(account: Account, case: Dispute) -> None:
    """Escalate an inquiry to a chargeback."""
    case.stage, case.status = "CHARGEBACK", "WAITING_FOR_SELLER_RESPONSE"
    update(account, case)


def update(account: Account, case: Dispute) -> None:
    """Store a changed case and send its event."""
    account.keep(account.disputes, case)
    _tell(account, case, "UPDATED", "A dispute was updated with Case # " + case.id)


def say(account: Account, case: Dispute, who: str, text: str) -> None:
    """Add a message to the case."""
    message: JsonObject = {"posted_by": who, "time_posted": written(account.now()), "content": text}
    case.messages = [*case.messages, message]
    update(account, case)


def decide(account: Account, case: Dispute, *, won: bool) -> None:
    """Decide a case for the seller, or for the payer, whose bank then takes the money."""
    if won:
        _close(account, case, "RESOLVED_SELLER_FAVOUR", 0)
        return
    payment = found(account.payments, case.payment)
    amount = min(case.amount, left_of(payment))
    _close(account, case, "RESOLVED_BUYER_FAVOUR", amount)
    if amount:
        reverse(account, payment, amount)


def appeal(account: Account, case: Dispute, *, seller: bool) -> None:
    """Decide a resolved case anew. For the seller, the money that was taken comes back; for the payer, it is taken."""
    payment = found(account.payments, case.payment)
    if not seller:
        decide(account, case, won=False)
        return
    returned, case.returned = case.returned, 0
    payment.refunded, payment.reversed = max(payment.refunded - returned, 0), False
    account.keep(account.payments, payment)
    _close(account, case, "RESOLVED_SELLER_FAVOUR", 0)


def accept(account: Account, case: Dispute, amount: int | None) -> None:
    """Accept the claim as the seller, and refund the payment."""
    payment = found(account.payments, case.payment)
    returned = left_of(payment) if amount is None else amount
    _close(account, case, "RESOLVED_BUYER_FAVOUR", returned)
    if returned:
        give_back(account, payment, returned)


def _close(account: Account, case: Dispute, outcome: str, returned: int) -> None:
    case.status, case.outcome, case.returned = "RESOLVED", outcome, returned
    account.keep(account.disputes, case)
    _tell(account, case, "RESOLVED", "A dispute was resolved with Case # " + case.id)


def _tell(account: Account, case: Dispute, name: str, summary: str) -> None:
    emit(account, f"CUSTOMER.DISPUTE.{name}", "dispute", shapes.dispute(account, case), summary)
