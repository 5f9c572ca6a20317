"""Wire formats of payment intents, charges, refunds and disputes."""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.records import Charge, Dispute, Intent, JsonObject, Refund
from umbral_sandbox.payments.stripe.shapes.common import pairs

EVIDENCE = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]


def intent(record: Intent) -> JsonObject:
    """Return a payment intent; only ``invoice_payments`` name the intent's invoice."""
    succeeded = record.status == "succeeded"
    error: JsonValue = None
    if record.status == "requires_payment_method":
        error = {
            "charge": record.latest_charge,
            "code": "card_declined",
            "decline_code": "insufficient_funds",
            "doc_url": "https://stripe.com/docs/error-codes/card-declined",
            "message": "Your card has insufficient funds.",
            "type": "card_error",
        }
    return {
        "id": record.id,
        "object": "payment_intent",
        "amount": record.amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": record.amount if succeeded else 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": record.canceled_at,
        "cancellation_reason": "void_invoice" if record.canceled_at else None,
        "capture_method": "automatic",
        "client_secret": f"{record.id}_secret_{record.id[-16:]}",
        "confirmation_method": "automatic",
        "created": record.created,
        "currency": record.currency,
        "customer": record.customer,
        "customer_account": None,
        "description": record.description,
        "excluded_payment_method_types": None,
        "last_payment_error": error,
        "latest_charge": record.latest_charge,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "next_action": {"type": "use_stripe_sdk"} if record.status == "requires_action" else None,
        "on_behalf_of": None,
        "payment_method": _card(record.id) if succeeded else None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": "off_session" if record.invoice else None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": record.status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _card(intent_id: str) -> str:
    return f"pm_{intent_id.removeprefix('pi_')}"


def charge(record: Charge) -> JsonObject:
    """Return a charge; the charge's refunds are included only by ``expand``."""
    return {
        "id": record.id,
        "object": "charge",
        "amount": record.amount,
        "amount_captured": record.amount if record.succeeded else 0,
        "amount_refunded": record.amount_refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_{record.id.removeprefix('ch_')}" if record.succeeded else None,
        "billing_details": {
            "address": {
                "city": None,
                "country": "ES",
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            "email": record.email,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": record.succeeded,
        "created": record.created,
        "currency": record.currency,
        "customer": record.customer,
        "description": record.description,
        "disputed": record.disputed,
        "failure_balance_transaction": None,
        "failure_code": record.failure_code,
        "failure_message": record.failure_message,
        "fraud_details": {},
        "livemode": False,
        "metadata": pairs(record.metadata),
        "on_behalf_of": None,
        "outcome": _outcome(record),
        "paid": record.succeeded,
        "payment_intent": record.payment_intent,
        "payment_method": _card(record.payment_intent),
        "payment_method_details": {
            "card": {
                "amount_authorized": record.amount,
                "brand": "visa",
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "pass",
                },
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "fingerprint": record.card,
                "funding": "credit",
                "installments": None,
                "last4": "4242",
                "mandate": None,
                "network": "visa",
                "three_d_secure": None,
                "wallet": None,
            },
            "type": "card",
        },
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": record.amount > 0 and record.amount_refunded == record.amount,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if record.succeeded else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(record: Charge) -> JsonObject:
    if record.succeeded:
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "advice_code": "try_again_later",
        "network_advice_code": None,
        "network_decline_code": "51",
        "network_status": "declined_by_network",
        "reason": "insufficient_funds",
        "risk_level": "normal",
        "seller_message": "The bank returned the decline code `insufficient_funds`.",
        "type": "issuer_declined",
    }


def refund(record: Refund) -> JsonObject:
    """Return a refund."""
    return {
        "id": record.id,
        "object": "refund",
        "amount": record.amount,
        "balance_transaction": f"txn_{record.id.removeprefix('re_')}",
        "charge": record.charge,
        "created": record.created,
        "currency": record.currency,
        "destination_details": {
            "card": _destination(record),
            "type": "card",
        },
        "metadata": pairs(record.metadata),
        "payment_intent": record.payment_intent,
        "reason": record.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": record.status,
        "transfer_reversal": None,
    }


def _destination(record: Refund) -> JsonObject:
    kind = "acquirer_reference_number"
    if record.reference is None:
        return {"reference_status": "pending", "reference_type": kind, "type": "refund"}
    return {
        "reference": record.reference,
        "reference_status": "available",
        "reference_type": kind,
        "type": "refund",
    }


def dispute(record: Dispute) -> JsonObject:
    """Return a dispute, which names its charge and payment intent, but neither the customer nor the invoice."""
    return {
        "id": record.id,
        "object": "dispute",
        "amount": record.amount,
        "balance_transactions": [],
        "charge": record.charge,
        "created": record.created,
        "currency": record.currency,
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), **record.evidence},
        "evidence_details": {
            "due_by": record.due_by,
            "enhanced_eligibility": {},
            "has_evidence": any(record.evidence.values()),
            "past_due": False,
            "submission_count": record.submissions,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "network_reason_code": "10.4",
        "payment_intent": record.payment_intent,
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": record.reason,
        "status": record.status,
    }
