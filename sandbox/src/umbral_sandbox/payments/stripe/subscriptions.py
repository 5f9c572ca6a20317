"""Handlers of the Stripe API's operations on subscriptions, and on their open invoices."""

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given, seconds
from umbral_sandbox.payments.stripe.collecting import bill, collect, write_off
from umbral_sandbox.payments.stripe.errors import StripeError, missing_resource
from umbral_sandbox.payments.stripe.events import noticed
from umbral_sandbox.payments.stripe.plan_changes import change_items, unused_time
from umbral_sandbox.payments.stripe.records import JsonObject, Subscription
from umbral_sandbox.payments.stripe.schedules import refuse_managed
from umbral_sandbox.payments.stripe.shapes import billing
from umbral_sandbox.payments.stripe.subscribing import (
    LIVE,
    at_bank,
    end,
    lines_of,
    pause,
    plan_cancel,
    renew,
    resume,
    shape,
    start_over,
    undo_cancel,
)

_LONGEST_TRIAL = 730 * 24 * 60 * 60
_ALWAYS = frozenset({"cancellation_details", "metadata", "expand"})


def retrieve_subscription(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/subscriptions/{id}``."""
    return shape(account, found(account.subscriptions, ask.id, "subscription"))


def void_invoice(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/invoices/{id}/void`` (https://docs.stripe.com/api/invoices/void)."""
    invoice = found(account.invoices, ask.id, "invoice")
    if invoice.status not in {"open", "uncollectible"}:
        raise StripeError(f"You can only void open or uncollectible invoices. This invoice is {invoice.status}.")
    if at_bank(account, invoice):
        raise StripeError("You cannot void an invoice while its payment is processing.")
    write_off(account, invoice, "void")
    return billing.invoice(account, invoice)


def update_subscription(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscriptions/{id}``."""
    subscription, given = found(account.subscriptions, ask.id, "subscription"), ask.given
    if subscription.status == "canceled" and not set(given.values) <= _ALWAYS:
        raise StripeError(
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
    if "cancel_at_period_end" in given or "cancel_at" in given:
        refuse_managed(subscription)
    if given.flag("cancel_at_period_end") is not None and "cancel_at" in given:
        raise StripeError("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    trial_end, cancel_at = _trial_end(account, given), given.number("cancel_at")
    if cancel_at is not None and cancel_at <= account.now():
        raise StripeError("`cancel_at` must be in the future.", param="cancel_at")
    coupon = _coupon(account, subscription, given)
    begins_anew = given.tree("billing_cycle_anchor").text("type") == "now"
    if begins_anew and subscription.failing and given.text("payment_behavior") == "error_if_incomplete":
        raise StripeError("Your card has insufficient funds.", status=402, kind="card_error", code="card_declined")
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        if given.trees("items"):
            change_items(account, subscription, given)
        subscription.metadata = given.pairs(subscription.metadata)
        if "description" in given:
            subscription.description = given.text("description")
        _change_cancel(account, subscription, given)
        _note_why(subscription, given.tree("cancellation_details"))
        if "discounts" in given:
            subscription.coupon = coupon
        if "pause_collection" in given:
            tree = given.tree("pause_collection").values
            subscription.pause_collection = {"resumes_at": None, **tree} if tree else None
        if trial_end is not None:
            _move_trial(account, subscription, trial_end, given.text("proration_behavior") or "create_prorations")
        if begins_anew:
            start_over(account, subscription)
        account.subscriptions.put(subscription.id, subscription)
    return shape(account, subscription)


def cancel_subscription(account: Account, ask: Ask) -> JsonObject:
    """Handle ``DELETE /v1/subscriptions/{id}``: cancel immediately; an ended subscription is not found."""
    subscription = account.subscriptions.get(ask.id)
    if subscription is None or subscription.status in {"canceled", "incomplete_expired"}:
        raise missing_resource("subscription", ask.id)
    _note_why(subscription, ask.given.tree("cancellation_details"))
    end(account, subscription, "cancellation_requested")
    return shape(account, subscription)


def pause_subscription(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscriptions/{id}/pause``."""
    subscription = found(account.subscriptions, ask.id, "subscription")
    if subscription.status not in LIVE:
        raise StripeError(f"You cannot pause a subscription with status {subscription.status}.")
    pause(account, subscription)
    return shape(account, subscription)


def resume_subscription(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscriptions/{id}/resume``: resume a paused subscription."""
    subscription = found(account.subscriptions, ask.id, "subscription")
    if subscription.status != "paused":
        raise StripeError(f"You cannot resume a subscription with status {subscription.status}; only a paused one.")
    anchor = ask.given.tree("billing_cycle_anchor").text("type") or "now"
    resume(account, subscription, from_now=anchor == "now")
    return shape(account, subscription)


def _change_cancel(account: Account, subscription: Subscription, given: Given) -> None:
    flag = given.flag("cancel_at_period_end")
    if flag is True:
        plan_cancel(account, subscription, subscription.period_end, period_end=True)
    elif flag is False or ("cancel_at" in given and given.number("cancel_at") is None):
        undo_cancel(account, subscription)
    at = given.number("cancel_at")
    if at is not None:
        plan_cancel(account, subscription, at, period_end=False)


def _coupon(account: Account, subscription: Subscription, given: Given) -> str | None:
    wanted = next(iter(given.trees("discounts")), None)
    if wanted is None:
        return None
    coupon = found(account.coupons, wanted.text("coupon") or "", "coupon", "discounts[0][coupon]", 400)
    if coupon.currency != subscription.currency:
        raise StripeError(f"The coupon's currency, {coupon.currency}, is not the subscription's.", param="discounts")
    return coupon.id


def _note_why(subscription: Subscription, given: Given) -> None:
    if "comment" in given:
        subscription.cancel_comment = given.text("comment")
    if "feedback" in given:
        subscription.cancel_feedback = given.text("feedback")


def _trial_end(account: Account, given: Given) -> int | None:
    text = given.text("trial_end")
    if text is None:
        return None
    if text == "now":
        return account.now()
    if not text.isdigit() or int(text) <= account.now():
        raise StripeError("Invalid timestamp: can not be in the past", param="trial_end")
    if int(text) > account.now() + _LONGEST_TRIAL:
        raise StripeError("Invalid timestamp: can be no more than two years in the future", param="trial_end")
    return int(text)


def _move_trial(account: Account, subscription: Subscription, trial_end: int, behavior: str) -> None:
    if trial_end > account.now():
        if subscription.status != "trialing":
            _begin_trial(account, subscription, trial_end, behavior)
        subscription.trial_end = subscription.period_end = subscription.anchor = trial_end
        return
    if subscription.status == "trialing":
        subscription.trial_end = subscription.period_end = subscription.anchor = trial_end
        renew(account, subscription)


def _begin_trial(account: Account, subscription: Subscription, trial_end: int, behavior: str) -> None:
    """Start a trial in a running subscription. The rest of the paid period becomes free, and is credited unless the
    caller declines prorations.
    """
    if subscription.status != "active":
        raise StripeError(f"The sandbox does not act out a trial of a subscription that is {subscription.status}.")
    if behavior == "always_invoice":
        raise StripeError("The sandbox does not act out a trial that is invoiced at once.")
    now, header = account.now(), (subscription.period_start, subscription.period_end)
    if behavior == "create_prorations":
        subscription.prorations.extend(unused_time(account, subscription))
    subscription.status, subscription.trial_start, subscription.trial_warned = "trialing", now, False
    subscription.period_start, subscription.period_end = now, trial_end
    invoice = bill(account, subscription, "subscription_update", lines_of(account, subscription, trial=True), header)
    collect(account, invoice, succeeds=True)


def resumes_at(subscription: Subscription) -> int | None:
    """Return the time at which a paused collection resumes automatically, or None."""
    pause_collection = subscription.pause_collection
    return seconds(pause_collection.get("resumes_at")) if pause_collection else None
