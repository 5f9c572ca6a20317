"""Wire formats of subscription schedules."""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.schedule_records import Phase, Schedule
from umbral_sandbox.payments.stripe.shapes.common import discount_of, pairs


def schedule(account: Account, record: Schedule) -> JsonObject:
    """Return a subscription schedule with all its phases."""
    running = record.phases[record.current] if record.status == "active" else None
    released = record.status == "released"
    phases: list[JsonValue] = [_phase(account, record, each) for each in record.phases]
    return {
        "id": record.id,
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "canceled_at": record.canceled_at,
        "completed_at": None,
        "created": record.created,
        "current_phase": {"start_date": running.start, "end_date": running.end} if running else None,
        "customer": record.customer,
        "default_settings": {
            "billing_cycle_anchor": "automatic",
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": record.end_behavior,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "phases": phases,
        "released_at": record.released_at,
        "released_subscription": record.subscription if released else None,
        "renewal_interval": None,
        "status": record.status,
        "subscription": None if released else record.subscription,
        "test_clock": None,
    }


def _phase(account: Account, record: Schedule, phase: Phase) -> JsonObject:
    used: JsonObject = {"coupon": None, "discount": discount_of(record.subscription), "promotion_code": None}
    items: list[JsonValue] = [
        {
            "discounts": [],
            "metadata": {},
            "plan": each.price,
            "price": each.price,
            "quantity": each.quantity,
            "tax_rates": [],
        }
        for each in phase.items
    ]
    return {
        "add_invoice_items": [],
        "billing_cycle_anchor": None,
        "collection_method": None,
        "currency": account.price(phase.items[0].price).currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [used] if phase.coupon else [],
        "end_date": phase.end,
        "invoice_settings": None,
        "items": items,
        "metadata": pairs(phase.metadata),
        "on_behalf_of": None,
        "proration_behavior": phase.proration_behavior,
        "start_date": phase.start,
        "transfer_data": None,
        "trial_end": None,
    }
