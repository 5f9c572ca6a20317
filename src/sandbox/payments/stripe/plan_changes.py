"""Upgrades and downgrades: another price for the same subscription, with what is owed for the rest of it."""

from sandbox.payments.stripe.account import Account, found
from sandbox.payments.stripe.ask import Given
from sandbox.payments.stripe.collecting import bill, collect
from sandbox.payments.stripe.errors import StripeError, missing_resource
from sandbox.payments.stripe.records import InvoiceLine, Item, Price, Subscription
from sandbox.payments.stripe.subscribing import start_over


def change_items(account: Account, subscription: Subscription, given: Given) -> None:
    """Apply ``items``: each must name an item of the subscription; none can be added."""
    planned = [_plan(account, subscription, each, place) for place, each in enumerate(given.trees("items"))]
    behavior = given.text("proration_behavior") or "create_prorations"
    for item, price, quantity in planned:
        before = account.price(item.price)
        lines = _prorations(account, subscription, item, before, price, quantity)
        item.price, item.quantity = price.id, quantity
        account.subscriptions.put(subscription.id, subscription)
        if (before.interval, before.interval_count) != (price.interval, price.interval_count):
            subscription.prorations = lines[:1] if behavior != "none" else []
            start_over(account, subscription)
        elif behavior == "always_invoice":
            header = (subscription.period_start, account.now())
            invoice = bill(account, subscription, "subscription_update", lines, header)
            collect(account, invoice, succeeds=not subscription.failing)
        elif behavior == "create_prorations":
            subscription.prorations.extend(lines)


def _plan(account: Account, subscription: Subscription, given: Given, place: int) -> tuple[Item, Price, int]:
    path = f"items[{place}]"
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


def _prorations(
    account: Account, subscription: Subscription, item: Item, before: Price, after: Price, quantity: int
) -> list[InvoiceLine]:
    """Credit for the unused part at the old price, then the same part at the new one."""
    now, end = account.now(), subscription.period_end
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
