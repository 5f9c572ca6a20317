"""Upgrades and downgrades: another price for the same subscription, with prorations for the current period."""

from typing import TypeAlias

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.collecting import bill, collect, submit
from umbral_sandbox.payments.stripe.errors import StripeError, missing_parameter, missing_resource
from umbral_sandbox.payments.stripe.previews import preview_of, preview_upcoming
from umbral_sandbox.payments.stripe.records import InvoiceLine, Item, JsonObject, Price, Subscription
from umbral_sandbox.payments.stripe.schedule_records import PhaseItem
from umbral_sandbox.payments.stripe.schedules import follow_items
from umbral_sandbox.payments.stripe.subscribing import lines_of, start_over

_Planned: TypeAlias = tuple[Item, Price, int]


def change_items(account: Account, subscription: Subscription, given: Given) -> None:
    """Apply the parameter ``items``, which changes prices or quantities. Each entry must name an item of the
    subscription; no item can be added.
    """
    planned = _planned(account, subscription, given)
    at = _proration_date(account, subscription, given)
    behavior = given.text("proration_behavior") or "create_prorations"
    owed = [(entry, _prorations(account, subscription, entry, at)) for entry in planned]
    if behavior == "always_invoice" and given.text("payment_behavior") == "error_if_incomplete":
        _refuse_if_declined(subscription, [line for _, lines in owed for line in lines])
    for (item, price, quantity), lines in owed:
        before = account.price(item.price)
        item.price, item.quantity = price.id, quantity
        account.subscriptions.put(subscription.id, subscription)
        if (before.interval, before.interval_count) != (price.interval, price.interval_count):
            subscription.prorations = lines[:1] if behavior != "none" else []
            start_over(account, subscription)
        elif behavior == "always_invoice":
            header = (subscription.period_start, account.now())
            invoice = bill(account, subscription, "subscription_update", lines, header)
            if subscription.late and invoice.amount > 0:
                submit(account, invoice, subscription.late_hours)
            else:
                collect(account, invoice, succeeds=not subscription.failing)
        elif behavior == "create_prorations":
            subscription.prorations.extend(lines)
    follow_items(account, subscription)


def unused_time(account: Account, subscription: Subscription) -> list[InvoiceLine]:
    """Return the credit for the unused part of the paid period."""
    present = [(item, account.price(item.price), item.quantity) for item in subscription.items]
    return [_prorations(account, subscription, entry, account.now())[0] for entry in present]


def preview_invoice(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/invoices/create_preview``: return the invoice of the next period, or of a change, and
    change nothing.
    """
    subscription, details = _previewed(account, ask.given), ask.given.tree("subscription_details")
    if not details.values:
        return preview_upcoming(account, subscription)
    if details.text("proration_behavior") == "none":
        planned = _planned(account, subscription, details)
        changes = {item.id: PhaseItem(price=price.id, quantity=quantity) for item, price, quantity in planned}
        return preview_upcoming(account, subscription, changes)
    at = _proration_date(account, subscription, details)
    lines = [
        line
        for entry in _planned(account, subscription, details)
        for line in _prorations(account, subscription, entry, at)
    ]
    if details.text("proration_behavior") != "always_invoice":
        lines += lines_of(account, subscription)
    header = (subscription.period_start, account.now())
    return preview_of(account, subscription, lines, "subscription_update", header)


def _previewed(account: Account, given: Given) -> Subscription:
    key, schedule = given.text("subscription"), given.text("schedule")
    if key is not None and schedule is not None:
        raise StripeError("You may only specify one of these parameters: subscription, schedule.", param="schedule")
    if schedule is not None:
        if given.tree("subscription_details").values:
            raise StripeError("You may only specify one of these parameters: schedule, subscription_details.")
        key = found(account.schedules, schedule, "subscription_schedule", "schedule", 400).subscription
    if key is None:
        raise missing_parameter("subscription")
    return found(account.subscriptions, key, "subscription", "subscription", 400)


def _planned(account: Account, subscription: Subscription, given: Given) -> list[_Planned]:
    return [_plan(account, subscription, each, index) for index, each in enumerate(given.trees("items"))]


def _proration_date(account: Account, subscription: Subscription, given: Given) -> int:
    at = given.number("proration_date")
    if at is None:
        return account.now()
    if not subscription.period_start <= at <= subscription.period_end:
        raise StripeError("Cannot specify proration date outside of current subscription period.")
    return at


def _refuse_if_declined(subscription: Subscription, lines: list[InvoiceLine]) -> None:
    """Raise StripeError if the charge of an update with ``error_if_incomplete`` would be declined."""
    if subscription.failing and sum(line.amount for line in lines) > 0:
        raise StripeError("Your card has insufficient funds.", status=402, kind="card_error", code="card_declined")


def _plan(account: Account, subscription: Subscription, given: Given, index: int) -> tuple[Item, Price, int]:
    path = f"items[{index}]"
    key = given.text("id")
    if key is None:
        raise StripeError("The sandbox does not act out adding items to a subscription.", param=f"{path}[id]")
    item = next((each for each in subscription.items if each.id == key), None)
    if item is None:
        raise missing_resource("subscription_item", key, f"{path}[id]", 400)
    price = found(account.prices, given.text("price") or item.price, "price", f"{path}[price]", 400)
    if price.interval is None:
        raise StripeError(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=f"{path}[price]",
        )
    if price.currency != subscription.currency:
        raise StripeError(
            f"The price specified only supports `{price.currency}`. This doesn't match the expected currency: "
            f"`{subscription.currency}`.",
            param=f"{path}[price]",
        )
    return item, price, given.number("quantity") or item.quantity


def _prorations(account: Account, subscription: Subscription, entry: _Planned, now: int) -> list[InvoiceLine]:
    """Return the credit for the unused part at the old price, then the charge for that part at the new price."""
    item, after, quantity = entry
    before, end = account.price(item.price), subscription.period_end
    length = max(end - subscription.period_start, 1)
    left = max(end - now, 0)

    def line(price: Price, amount: int, words: str) -> InvoiceLine:
        return InvoiceLine(
            id=account.ids.new("il"),
            description=f"{words} {account.product(price.product).name}",
            amount=amount,
            price=price.id,
            item=item.id,
            start=now,
            end=end,
            proration=True,
        )

    credit = -round(before.unit_amount * item.quantity * left / length)
    debit = round(after.unit_amount * quantity * left / length)
    return [line(before, credit, "Unused time on"), line(after, debit, "Remaining time on")]
