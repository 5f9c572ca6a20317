"""Handlers and lifecycle of subscription schedules, which plan changes of a subscription at the end of its period."""

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.errors import StripeError, missing_parameter
from umbral_sandbox.payments.stripe.events import emit, noticed
from umbral_sandbox.payments.stripe.periods import span_after
from umbral_sandbox.payments.stripe.records import JsonObject, Subscription
from umbral_sandbox.payments.stripe.schedule_records import Phase, PhaseItem, Schedule
from umbral_sandbox.payments.stripe.shapes import billing
from umbral_sandbox.payments.stripe.shapes import schedules as shapes
from umbral_sandbox.payments.stripe.shapes.common import discount_of

_ENDED = frozenset({"canceled", "incomplete", "incomplete_expired"})


def create_schedule(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscription_schedules``: schedule a running subscription, with its current period as the
    only phase.
    """
    key = ask.given.text("from_subscription")
    if key is None:
        raise missing_parameter("from_subscription")
    subscription = found(account.subscriptions, key, "subscription", "from_subscription", 400)
    if subscription.schedule is not None:
        raise StripeError(
            f"You cannot migrate a subscription that is already attached to a schedule: `{subscription.schedule}`.",
            param="from_subscription",
        )
    if subscription.status in _ENDED:
        raise StripeError(
            f"You cannot migrate a subscription in the `{subscription.status}` status to a schedule.",
            param="from_subscription",
        )
    items = [PhaseItem(price=each.price, quantity=each.quantity) for each in subscription.items]
    schedule = Schedule(
        **account.stamp("sub_sched"),
        customer=subscription.customer,
        subscription=subscription.id,
        phases=[
            Phase(
                items=items,
                start=subscription.period_start,
                end=subscription.period_end,
                coupon=subscription.coupon,
            )
        ],
        end_behavior="cancel" if subscription.cancel_at_period_end else "release",
        metadata=ask.given.pairs({}),
    )
    account.schedules.put(schedule.id, schedule)
    _attach(account, subscription, schedule.id)
    emit(account, "subscription_schedule.created", _shape(account, schedule))
    return _shape(account, schedule)


def update_schedule(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscription_schedules/{id}``: replace the phases from the current phase on."""
    schedule, given = _active(account, ask.id, "update"), ask.given
    planned = _phases(account, schedule, given) if "phases" in given else None
    with noticed(account, "subscription_schedule.updated", lambda: _shape(account, schedule)):
        if planned is not None:
            schedule.phases, schedule.current = [*schedule.phases[: schedule.current], *planned], schedule.current
        schedule.end_behavior = given.text("end_behavior") or schedule.end_behavior
        schedule.metadata = given.pairs(schedule.metadata)
        account.schedules.put(schedule.id, schedule)
    if planned is not None:
        _enter_running(account, schedule)
    _plan_end(account, schedule)
    return _shape(account, schedule)


def release_schedule(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/subscription_schedules/{id}/release``: release the subscription, which continues unchanged."""
    schedule = _active(account, ask.id, "release")
    _release(account, schedule)
    return _shape(account, schedule)


def refuse_managed(subscription: Subscription) -> None:
    """Raise StripeError if the subscription has a schedule, because its cancellation may then be changed only through
    the schedule.
    """
    if subscription.schedule is not None:
        raise StripeError(
            f"The subscription is managed by the subscription schedule `{subscription.schedule}`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead.",
        )


def turn(account: Account, subscription: Subscription) -> None:
    """Advance the schedule of a subscription whose period ended: apply the phase that starts now, or release the
    schedule after its last phase.
    """
    schedule = account.schedules.get(subscription.schedule or "")
    if schedule is None or schedule.phases[schedule.current].end > subscription.period_end:
        return
    if schedule.current + 1 == len(schedule.phases):
        _release(account, schedule)
        return
    with noticed(account, "subscription_schedule.updated", lambda: _shape(account, schedule)):
        schedule.current += 1
        account.schedules.put(schedule.id, schedule)
    phase = schedule.phases[schedule.current]
    _take_terms(subscription, phase)
    subscription.metadata = {**subscription.metadata, **phase.metadata}
    account.subscriptions.put(subscription.id, subscription)


def _take_terms(subscription: Subscription, phase: Phase) -> None:
    """Copy the items and the coupon of a phase to the subscription. Items that the phase does not list are removed."""
    subscription.items = subscription.items[: len(phase.items)]
    for item, wanted in zip(subscription.items, phase.items, strict=True):
        item.price, item.quantity = wanted.price, wanted.quantity
    subscription.coupon = phase.coupon


def _enter_running(account: Account, schedule: Schedule) -> None:
    """Apply the terms of the running phase, which an update of the schedule may have replaced."""
    subscription = found(account.subscriptions, schedule.subscription, "subscription")
    draw = billing.subscription
    with noticed(account, "customer.subscription.updated", lambda: draw(account, subscription)):
        _take_terms(subscription, schedule.phases[schedule.current])
        account.subscriptions.put(subscription.id, subscription)


def coming_coupon(account: Account, subscription: Subscription) -> str | None:
    """Return the coupon of the next period: that of the phase that starts with the period, else the subscription's."""
    schedule = account.schedules.get(subscription.schedule or "")
    if schedule is not None and schedule.phases[schedule.current].end <= subscription.period_end:
        following = schedule.phases[schedule.current + 1 :]
        if following:
            return following[0].coupon
    return subscription.coupon


def coming_items(account: Account, subscription: Subscription) -> list[PhaseItem]:
    """Return the items of the next period: the items of the phase that starts with the period, else the subscription's
    items.
    """
    schedule = account.schedules.get(subscription.schedule or "")
    if schedule is not None and schedule.phases[schedule.current].end <= subscription.period_end:
        following = schedule.phases[schedule.current + 1 :]
        if following:
            return following[0].items
    return [PhaseItem(price=each.price, quantity=each.quantity) for each in subscription.items]


def follow_items(account: Account, subscription: Subscription) -> None:
    """Copy the subscription's items into the running phase of its schedule, after they were changed without the
    schedule.
    """
    schedule = account.schedules.get(subscription.schedule or "")
    if schedule is not None:
        items = [PhaseItem(price=each.price, quantity=each.quantity) for each in subscription.items]
        schedule.phases[schedule.current].items = items
        account.schedules.put(schedule.id, schedule)


def cancel_with(account: Account, subscription: Subscription) -> None:
    """Cancel the schedule of a subscription that ended."""
    schedule = account.schedules.get(subscription.schedule or "")
    if schedule is None:
        return
    schedule.status, schedule.canceled_at, subscription.schedule = "canceled", account.now(), None
    account.schedules.put(schedule.id, schedule)
    account.subscriptions.put(subscription.id, subscription)
    emit(account, "subscription_schedule.canceled", _shape(account, schedule))


def _release(account: Account, schedule: Schedule) -> None:
    schedule.status, schedule.released_at = "released", account.now()
    account.schedules.put(schedule.id, schedule)
    _attach(account, found(account.subscriptions, schedule.subscription, "subscription"), None)
    emit(account, "subscription_schedule.released", _shape(account, schedule))


def _plan_end(account: Account, schedule: Schedule) -> None:
    """Set the subscription's ``cancel_at`` to the end of its schedule if the schedule cancels the subscription at its
    end, otherwise to None (https://docs.stripe.com/billing/subscriptions/subscription-schedules).
    """
    subscription = found(account.subscriptions, schedule.subscription, "subscription")
    ends = schedule.phases[-1].end if schedule.end_behavior == "cancel" else None
    if ends == subscription.cancel_at:
        return
    draw = billing.subscription
    with noticed(account, "customer.subscription.updated", lambda: draw(account, subscription)):
        subscription.cancel_at = ends
        account.subscriptions.put(subscription.id, subscription)


def _attach(account: Account, subscription: Subscription, schedule: str | None) -> None:
    draw = billing.subscription
    with noticed(account, "customer.subscription.updated", lambda: draw(account, subscription)):
        subscription.schedule = schedule
        account.subscriptions.put(subscription.id, subscription)


def _active(account: Account, key: str, verb: str) -> Schedule:
    schedule = found(account.schedules, key, "subscription_schedule", "schedule")
    if schedule.status != "active":
        raise StripeError(
            f"You cannot {verb} a subscription schedule that is currently in the `{schedule.status}` status. You can "
            f"only {verb} a subscription schedule that is in the `not_started` or `active` status.",
        )
    return schedule


def _phases(account: Account, schedule: Schedule, given: Given) -> list[Phase]:
    wanted, running = given.trees("phases"), schedule.phases[schedule.current]
    if not wanted:
        raise StripeError("You must pass at least one phase.", param="phases")
    if wanted[0].number("start_date") not in {None, running.start}:
        raise StripeError("You can not modify the start date of the current phase.", param="phases[0][start_date]")
    planned: list[Phase] = []
    for index, each in enumerate(wanted):
        start = planned[-1].end if planned else running.start
        planned.append(_phase(account, schedule, each, start, f"phases[{index}]"))
    if [each.price for each in planned[0].items] != [each.price for each in running.items]:
        raise StripeError("The sandbox does not act out another price in the running phase.", param="phases[0][items]")
    return planned


def _phase(account: Account, schedule: Schedule, given: Given, start: int, path: str) -> Phase:
    said = given.number("start_date")
    if said is not None and said != start:
        raise StripeError("The start date of a phase must be the end date of the one before.", param=path)
    items = [_item(account, schedule, each, f"{path}[items][{n}]") for n, each in enumerate(given.trees("items"))]
    if not items:
        raise missing_parameter(f"{path}[items]")
    return Phase(
        items=items,
        start=start,
        end=_end(given, start, path),
        proration_behavior=given.text("proration_behavior") or "create_prorations",
        metadata=given.pairs({}),
        coupon=_phase_coupon(account, schedule, given, path),
    )


def _phase_coupon(account: Account, schedule: Schedule, given: Given, path: str) -> str | None:
    """Return the coupon of the subscription's discount that a phase reuses. A phase without discounts inherits those of
    the customer, which the sandbox does not have.
    """
    wanted = next(iter(given.trees("discounts")), None)
    if wanted is None:
        return None
    subscription = found(account.subscriptions, schedule.subscription, "subscription")
    if subscription.coupon is None or wanted.text("discount") != discount_of(subscription.id):
        raise StripeError(f"No such discount: '{wanted.text('discount')}'", param=f"{path}[discounts][0][discount]")
    return subscription.coupon


def _item(account: Account, schedule: Schedule, given: Given, path: str) -> PhaseItem:
    price = found(account.prices, given.text("price") or "", "price", f"{path}[price]", 400)
    subscription = found(account.subscriptions, schedule.subscription, "subscription")
    if price.interval is None or price.currency != subscription.currency:
        raise StripeError("A phase needs a recurring price in the subscription's currency.", param=f"{path}[price]")
    return PhaseItem(price=price.id, quantity=given.number("quantity") or 1)


def _end(given: Given, start: int, path: str) -> int:
    end, duration = given.number("end_date"), given.tree("duration")
    if (end is None) == (not duration.values):
        raise StripeError("You must specify exactly one of `end_date` and `duration` for a phase.", param=path)
    if end is None:
        return span_after(start, duration.text("interval") or "month", duration.number("interval_count") or 1)
    if end <= start:
        raise StripeError("The end date of a phase must be after its start date.", param=f"{path}[end_date]")
    return end


def _shape(account: Account, schedule: Schedule) -> JsonObject:
    return shapes.schedule(account, schedule)
