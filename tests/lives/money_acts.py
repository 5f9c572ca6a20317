"""Steps with irregular payments: partial disputes, repeated withdrawals, imports, refunds reported before their
payment, and consecutive months bought at the end of a month.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from subscriptions.application.checkout.purchase_terms import DeclarationRequired
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.money import Money
from subscriptions.domain.ports.foreign_subscriptions import ForeignSubscription
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.lives.biller import Capture
from tests.lives.judge import DAY, Broken

if TYPE_CHECKING:
    from tests.lives.life import Life

_MADRID: Final = ZoneInfo("Europe/Madrid")
_SHARES: Final = (20, 50, 51, 80)
"""Disputed percentages of a payment. A dispute of exactly half does not put the access on hold; a dispute of 51 percent
does.
"""
_LATEST: Final = 31


async def start(life: Life, soft: str, method: str, *, for_another: bool = False) -> Any:
    """Open a checkout page for the customer, with the declaration required after repeated withdrawals."""
    person = life.judge.person
    try:
        view = await life.shop.start(person, soft, method, for_another=for_another)
    except DeclarationRequired:
        view = await life.shop.start(person, soft, method, for_another=for_another, is_declared=True)
        declare = DeclareBeforePayment(life.shop.units, life.town.clock, life.town.policy)
        await declare(person, view.order_id, begins=True, acknowledges=True, words="las dos casillas")
        life.declared.add(str(view.order_id))
        # A declaration counts if it was made before the payment.
        life.town.clock.advance(timedelta(seconds=1))
        return view
    if life.withdrawals >= 2 and not view.is_reused:
        raise Broken("a", life.town.clock.now(), "a declaration before the next purchase", f"a page for {soft}")
    return view


async def part_dispute(life: Life, pick: int) -> str | None:
    """Dispute a part of a payment. More than half puts the access on hold."""
    capture = life.disputable(pick)
    if capture is None:
        return None
    minor = capture.amount.minor * _SHARES[pick % len(_SHARES)] // 100
    if not minor or minor > capture.amount.minor - life.parts.get(capture.key, 0):
        return None
    life.disputed_parts[capture.key] = minor
    is_most = 2 * (minor + life.lost_parts.get(capture.key, 0)) > capture.amount.minor
    life.open_dispute(capture, Money(minor, capture.amount.currency), holds=is_most)
    return f"about {minor} of {capture.amount} of {capture.key}"


async def withdraw_again(life: Life, pick: int) -> str | None:
    """Buy and withdraw repeatedly until a declaration is required, after which no payment is refunded."""
    soft, days = ("once", "month", "half", "lite")[pick % 4], (1, 6, 13)[pick % 3]
    done = list[str]()
    for _ in range(3):
        if life.town.on_its_way or life.judge.is_kept_out(soft):
            break
        view = await start(life, soft, "acme", for_another=False)
        order = str(view.order_id)
        life.orders[order] = (soft, "")
        done.append(await life.pay(view, soft, "acme"))
        await life.town.run_due_work()
        await life.wait(24 * days)
        with suppress(WithdrawalRefused):
            contracts = await contracts_of(life)
            contract = next((each for each in contracts if str(each.order.id) == order), None)
            if contract is not None and contract.automatic and contract.shares:
                done.append(await life.withdraw_from(contract))
                await life.town.run_due_work()
                await life.wait(2)
    return f"after {days} days each: {', '.join(done)}" if done else None


async def contracts_of(life: Life) -> list[Any]:
    """Return the contracts from which the customer may withdraw. Raises WithdrawalRefused if there is none."""
    withdraw = WithdrawContract(life.shop.units, life.shop.gateways, life.town.clock, life.town.policy)
    contracts = list(await withdraw.open_to(life.judge.person))
    for each in contracts:
        if str(each.order.id) in life.declared:
            raise Broken("a", life.town.clock.now(), "no right of withdrawal after the declaration", each.plan_name)
    return contracts


async def take_in(life: Life, pick: int) -> str | None:
    """Import a subscription that another system started some days ago, with its current period."""
    soft = ("month", "gold", "lite")[pick % 3]
    # A subscription agreed for a renewal would become the second one.
    if life.town.on_its_way or life.judge.has(soft) or soft in life.judge.agreed.values():
        return None
    if life.town.importing is None:
        return None
    ran, now = (3, 12, 20)[pick % 7 % 3] * DAY, life.town.clock.now()
    price_ref = next(ref for ref, plan in reversed(life.prices.items()) if plan == soft)
    price = life.biller.prices[price_ref]
    ref, paid = life.biller.begin_elsewhere(price_ref, price, "cus-ana", now - ran)
    snapshot = life.biller.subscriptions[ref]
    labels = {"telegram_id": str(life.judge.person)}
    foreign = ForeignSubscription(snapshot=snapshot, payer="ana@example.com", product=None, labels=labels)
    came = await life.town.importing("acme", foreign, {price_ref: soft}, dry_run=False)
    if came.course != "adopted":
        life.biller.forget(ref, paid)
        return f"not {soft}: {came.course}"
    order = life.biller.subscriptions[ref].order_id or ""
    life.orders[order] = (soft, "")
    capture = Capture(
        paid.payment_key or "", price, now - ran, order, ref, now, now - ran + PERIOD, price_ref=price_ref
    )
    life.judge.took(capture, soft, None)
    life.imported.append(replace(paid, order_id=order))
    return f"{soft} by {ref}, paid {ran.days} days ago"


async def early(life: Life, pick: int) -> str | None:
    """Refund or dispute a payment before the payment is reported."""
    soft, hours = ("once", "month", "half", "lite")[pick % 4], (1, 5, 30)[pick % 3]
    if life.town.on_its_way or life.judge.has(soft):
        return None
    view = await start(life, soft, "acme")
    life.orders[str(view.order_id)] = (soft, "")
    known = set(life.judge.captures)
    life.town.late = timedelta(hours=hours)
    shown = await life.pay(view, soft, "acme")
    life.town.late = timedelta()
    capture = next((each for key, each in life.judge.captures.items() if key not in known), None)
    if capture is None:
        return shown
    life.town.clock.advance(timedelta(minutes=1))
    is_dispute = pick % 5 in {1, 3}
    if is_dispute:
        life.open_dispute(capture, None, holds=True)
    else:
        life.all_goes_back(capture)
        life.biller.give_back(capture.key, capture.amount)
    await life.town.run_due_work()
    await life.wait(hours + 1)
    return f"{shown}, heard of {hours} hours after {'a dispute' if is_dispute else 'a refund'} about it"


async def month_end(life: Life, pick: int) -> str | None:
    """Buy several months in crypto in a row, the first on the 29th, 30th or 31st."""
    day, hour = 29 + pick % 3, (0, 12, 23)[pick % 7 % 3]
    if life.judge.has("month"):
        return None
    for _ in range(2 * _LATEST * 24):
        local = life.town.clock.now().astimezone(_MADRID)
        if (local.day, local.hour) == (day, hour):
            break
        await life.wait(1 if local.day == day else 24 if local.day < day - 1 else 6)
    if life.judge.has("month"):
        return None
    done = list[str]()
    for _ in range(2 + pick % 2):
        view = await start(life, "month", "coins")
        life.orders[str(view.order_id)] = ("month", "")
        done.append(await life.pay(view, "month", "coins"))
        await life.town.run_due_work()
        await life.wait(1)
    return f"on the {day}: {', '.join(done)}"


def take_part(life: Life, key: str, *, reduced: bool) -> Money:
    """Settle a partial dispute against the shop and return the amount that the bank takes: the disputed amount, or half
    of it if `reduced`.
    """
    minor = life.disputed_parts.pop(key)
    taken = max(minor // 2, 1) if reduced else minor
    life.parts[key] = life.parts.get(key, 0) + taken
    life.lost_parts[key] = life.lost_parts.get(key, 0) + taken
    return Money(taken, "EUR")


def counts_as_all(life: Life, key: str, amount: Money) -> bool:
    """Return True if nothing counts as left of a payment: banks took more than half of it, or refunds and lost disputes
    together reach its amount.
    """
    return 2 * life.lost_parts.get(key, 0) > amount.minor or life.parts.get(key, 0) >= amount.minor


def carry_out(life: Life, paid: str, amount: Money) -> None:
    """Report the refund by which the provider carries out its decision about a dispute."""
    event = next(each for each in life.biller.sent.values() if each.payment_key == paid)
    life.town.clock.advance(timedelta(seconds=1))
    life.biller.create_event(
        PaymentEventKind.REFUND,
        "dispute.refund",
        payment_key=f"re-{paid}-{len(life.lines)}",
        about_payment=paid,
        order_id=event.order_id,
        telegram_id=event.telegram_id,
        amount=amount,
        amount_refunded=amount,
    )


ACTS: Final = {
    "part_dispute": part_dispute,
    "withdraw_again": withdraw_again,
    "take_in": take_in,
    "early": early,
    "month_end": month_end,
}
