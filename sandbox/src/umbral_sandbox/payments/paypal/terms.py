"""Parsing of a plan's billing terms from a request, including the overrides of one subscription."""

from typing import Literal

from umbral_sandbox.payments.paypal.ask import Given
from umbral_sandbox.payments.paypal.errors import unprocessable
from umbral_sandbox.payments.paypal.records import Cycle, Terms


def terms_of(given: Given) -> Terms:
    """Return the terms of a new plan."""
    cycles = sorted((_cycle(each) for each in given.trees("billing_cycles")), key=lambda each: each.sequence)
    _check_order(cycles)
    currencies = {
        code
        for each in given.trees("billing_cycles")
        if (code := each.tree("pricing_scheme").tree("fixed_price").text("currency_code")) is not None
    }
    fee = given.tree("payment_preferences").tree("setup_fee").text("currency_code")
    if len(currencies | ({fee} if fee else set())) != 1:
        raise unprocessable("CURRENCY_MISMATCH", "All the amounts of a plan must be in one currency.")
    terms = Terms(currency=currencies.pop(), cycles=cycles)
    return _with_rest(terms, given)


def changed(terms: Terms, given: Given) -> Terms:
    """Return terms with a subscription's own overrides."""
    copy = terms.model_copy(deep=True)
    for each in given.trees("billing_cycles"):
        sequence = each.number("sequence")
        cycle = next((one for one in copy.cycles if one.sequence == sequence), None)
        if cycle is None:
            raise unprocessable("INVALID_BILLING_CYCLE_SEQUENCE", "The provided billing cycle sequence is invalid.")
        if "total_cycles" in each:
            cycle.total = each.number("total_cycles")
        _reprice(copy, cycle, each.tree("pricing_scheme"))
    return _with_rest(copy, given)


def repriced(terms: Terms, given: Given) -> Terms:
    """Return terms with new prices; each changed price has a new version."""
    copy = terms.model_copy(deep=True)
    for each in given.trees("pricing_schemes"):
        sequence = each.number("billing_cycle_sequence")
        cycle = next((one for one in copy.cycles if one.sequence == sequence), None)
        if cycle is None:
            raise unprocessable("INVALID_BILLING_CYCLE_SEQUENCE", "The provided billing cycle sequence is invalid.")
        _reprice(copy, cycle, each.tree("pricing_scheme"))
        cycle.version += 1
    return copy


def _reprice(terms: Terms, cycle: Cycle, scheme: Given) -> None:
    price = scheme.tree("fixed_price")
    if "value" not in price:
        return
    if price.text("currency_code") != terms.currency:
        raise unprocessable("CURRENCY_MISMATCH", "The currency code is different from the plan's currency code.")
    cycle.price = price.amount()


def _with_rest(terms: Terms, given: Given) -> Terms:
    wishes, taxes = given.tree("payment_preferences"), given.tree("taxes")
    if "setup_fee" in wishes:
        if wishes.tree("setup_fee").text("currency_code") != terms.currency:
            raise unprocessable("CURRENCY_MISMATCH", "The currency code is different from the plan's currency code.")
        terms.setup_fee = wishes.tree("setup_fee").amount()
    failure: Literal["CONTINUE", "CANCEL"] = terms.fee_failure
    if "setup_fee_failure_action" in wishes:
        failure = "CONTINUE" if wishes.text("setup_fee_failure_action") == "CONTINUE" else "CANCEL"
    terms.fee_failure = failure
    terms.threshold = wishes.number("payment_failure_threshold", terms.threshold)
    terms.auto_bill = wishes.flag("auto_bill_outstanding", terms.auto_bill)
    if "percentage" in taxes:
        terms.tax, terms.tax_included = taxes.text("percentage"), taxes.flag("inclusive", terms.tax_included)
    return terms


def _cycle(given: Given) -> Cycle:
    frequency = given.tree("frequency")
    trial = given.text("tenure_type") == "TRIAL"
    price = given.tree("pricing_scheme").tree("fixed_price")
    if not trial and "value" not in price:
        raise unprocessable("MISSING_PRICING_SCHEME", "A regular billing cycle must have a pricing scheme.")
    return Cycle.model_validate(
        {
            "tenure": "TRIAL" if trial else "REGULAR",
            "sequence": given.number("sequence"),
            "total": given.number("total_cycles", 1),
            "unit": frequency.text("interval_unit"),
            "count": frequency.number("interval_count", 1),
            "price": price.amount() if "value" in price else 0,
        }
    )


def _check_order(cycles: list[Cycle]) -> None:
    if [each.sequence for each in cycles] != list(range(1, len(cycles) + 1)):
        raise unprocessable("INVALID_BILLING_CYCLE_SEQUENCE", "The provided billing cycle sequence is invalid.")
    if [each.tenure for each in cycles].count("REGULAR") != 1 or cycles[-1].tenure != "REGULAR":
        raise unprocessable(
            "INVALID_BILLING_CYCLE_TENURE", "A plan has up to two trial cycles and one regular cycle after them."
        )
    if len(cycles) > 3 or any(each.total == 0 for each in cycles[:-1]):
        raise unprocessable("INVALID_TRIAL_CYCLES", "There are at most two trial cycles, and each of them ends.")
