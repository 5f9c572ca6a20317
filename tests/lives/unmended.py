"""Fixed faults, each with the original lines that reintroduce it. `scripts/lives.py` reintroduces the faults to measure
which of them the random histories find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Mending:
    """Fixed fault. row: its number in the list of findings. changes: file, fixed lines, and the original lines."""

    row: str
    what: str
    changes: Sequence[tuple[str, str, str]]
    of_sums: bool = False
    """True if only the database's totals show the fault."""

    @property
    def can_be_applied(self) -> bool:
        """Return True unless the fault is in a feature whose folder was removed."""
        return all((SOURCE / file).parent.is_dir() for file, _, _ in self.changes)


SOURCE: Final = Path(__file__).parents[2] / "src" / "subscriptions"
_POLICY = "domain/services/payment_policy.py"
_SUBSCRIPTION = "domain/entities/subscription.py"
_REVERSALS = "domain/services/reversal_decisions.py"

_MENDINGS: Sequence[Mending] = (
    Mending(
        "1",
        "a charge is announced by when it comes, not by when access ends",
        [
            (
                "domain/services/reminder_policy.py",
                "end = charge if charge is not None or (is_trial and subscription.renews)"
                " else subscription.access_until\n",
                "end = subscription.access_until\n",
            )
        ],
    ),
    Mending(
        "2",
        "nothing is charged while somebody is kept out",
        [
            (
                _SUBSCRIPTION,
                "        if self.live:\n            self.events.record(BillingSyncDue",
                "        if False:\n            self.events.record(BillingSyncDue",
            )
        ],
    ),
    Mending(
        "3",
        "a month bought early is as long as from where it begins",
        [(_POLICY, "        begin = max(start, end or start)\n", "        begin = start\n")],
    ),
    Mending(
        "4",
        "a plan for life is sold once",
        [
            (_POLICY, "    return live.for_life or (\n", "    return (\n"),
            (_POLICY, "if live is None or live.for_life or not extendable", "if live is None or not extendable"),
        ],
    ),
    Mending(
        "5",
        "what is paid after the provider gave up runs to its end",
        [("domain/services/provider_sync.py", " and subscription.owed_since is not None:", ":")],
    ),
    Mending(
        "6",
        "a renewal charged at less is a paid period",
        [
            (
                _POLICY,
                "fits = event.amount is not None and event.amount.currency == subscription.price.currency",
                "fits = event.amount == subscription.price",
            ),
        ],
    ),
    Mending(
        "7",
        "a refund concerns the time that its payment bought",
        [(_REVERSALS, "    return is_bought or _moved_on(", "    return _moved_on(")],
    ),
    Mending(
        "8",
        "what a lost dispute took is no revenue",
        [
            (
                "infrastructure/database/returned_money.py",
                "    FROM ({_LOST_DISPUTES}) AS lost JOIN payments ON payments.id = lost.payment_id\n)",
                "    FROM ({_LOST_DISPUTES}) AS lost JOIN payments ON payments.id = lost.payment_id WHERE false\n)",
            )
        ],
        of_sums=True,
    ),
    Mending(
        "9",
        "who began by a code counts from what they paid first",
        [
            (
                "../features/figures/repository/statements.py",
                "payments.order_id, min(payments.occurred_at) AS at,",
                "payments.order_id, min(subscriptions.created_at) AS at,",
            ),
            (
                "../features/figures/repository/statements.py",
                "        FROM payments JOIN orders ON orders.id = payments.order_id\n",
                "        FROM payments JOIN orders ON orders.id = payments.order_id\n"
                "        JOIN subscriptions ON subscriptions.order_id = orders.id\n",
            ),
        ],
        of_sums=True,
    ),
    Mending(
        "10",
        "a refund that the bank sent back can be given again",
        [
            (
                "application/subscriptions/money_left.py",
                "(each.amount for each in requests if each.is_open)",
                "(each.amount for each in requests if each.failed_at is None)",
            )
        ],
    ),
    Mending(
        "11",
        "a plan whose period was edited is sold, and what was bought is shown, as it is",
        [
            (
                "application/catalog/plan_input.py",
                "    if plan.charge != previous.charge:\n",
                "    if plan.price != previous.price:\n",
            ),
            (
                _SUBSCRIPTION,
                "        if self.interval_count is not None:\n            return self.interval,",
                "        if False:\n            return self.interval,",
            ),
        ],
    ),
    Mending(
        "12",
        "days of a provider's period are not taken",
        [
            (
                "application/access/staff_access.py",
                "if days < 0 and earliest is not None and end < earliest:",
                "if False:",
            )
        ],
    ),
    Mending(
        "13",
        "a trial that is kept after all is a trial",
        [(_SUBSCRIPTION, "SubscriptionEvent.TRIAL_KEPT if self._was_trial else ", "")],
    ),
    Mending(
        "14",
        "a plan agreed for the renewal is agreed again when a cancellation is undone",
        [
            (
                "application/subscriptions/subscription_handler.py",
                "        await self._settle_again(gateway, subscription)\n",
                "",
            ),
            (
                "application/subscriptions/sync_plan.py",
                "        elif not snapshot.cancel_at_period_end:\n",
                "        else:\n            going_on = not snapshot.cancel_at_period_end\n"
                "            subscription.stay(now, told=going_on)\n        if False:\n",
            ),
        ],
    ),
    Mending(
        "15",
        "the difference for another plan settles no debt",
        [(_SUBSCRIPTION, "paid_until <= max(paid_from, self.owed_since)", "paid_until <= self.owed_since")],
    ),
    Mending(
        "16",
        "parts that go back take all of the tax along",
        [
            (
                "domain/entities/receipt.py",
                "return max(0, min(max(tax - stays, tax - rest), part.minor, tax))",
                "return (2 * self.tax_minor * part.minor + self.amount.minor) // (2 * self.amount.minor)",
            )
        ],
    ),
    Mending(
        "17",
        "a promotion's use is held by the page that may be paid",
        [
            (
                "application/catalog/deals.py",
                "    if discount_code.uses is None and not discount_code.once:\n        return True\n"
                "    # The lock on the discount code's row",
                "    if discount_code.id:\n        return True\n    # The lock on the discount code's row",
            ),
            (
                "application/catalog/deals.py",
                "    if discount_code.once and await count_taken(discount_code.id, now,"
                " apart_from=apart_from, customer_id=customer_id):\n",
                "    apart_from = await open_orders(uow, customer_id)\n"
                "    if discount_code.once and await count_taken(discount_code.id, now,"
                " apart_from=apart_from, customer_id=customer_id):\n",
            ),
        ],
    ),
    Mending(
        "18",
        "who was erased is nobody's to bring again",
        [
            (
                "application/expiry/erase_person.py",
                "        if plan_ids:\n            marks.add(",
                "        if False:\n            marks.add(",
            )
        ],
    ),
    Mending(
        "19",
        "a gift takes rows in the order of a payment",
        [
            (
                "application/vip/activate_token.py",
                "            if activation_token.order_id is not None:\n"
                "                # The lock serialises this with a refund of the gift.\n"
                "                await uow.orders.get(activation_token.order_id, lock=True)\n"
                "            token = await find_code(uow, self._seal, code, lock=True)\n",
                "            token = await find_code(uow, self._seal, code, lock=True)\n"
                "            if activation_token.order_id is not None:\n"
                "                await uow.orders.get(activation_token.order_id, lock=True)\n",
            )
        ],
    ),
    Mending(
        "20",
        "nobody who is inside is welcomed back",
        [
            (
                "application/messages/payment_messages.py",
                "not payment.is_renewal and await _goes_on(sources.uow, subscription, payment)",
                "not payment.is_renewal and subscription.order_id != payment.order_id",
            )
        ],
    ),
    Mending(
        "21",
        "a dispute about time that is over keeps nobody out",
        [(_REVERSALS, "purchase, fact, reversal) or is_past\n", "purchase, fact, reversal)\n")],
    ),
    Mending(
        "22",
        "the trial is for newcomers",
        [
            (
                "application/checkout/purchase_terms.py",
                "return replace(plan, trial_days=0) if is_known else plan",
                "return plan",
            )
        ],
    ),
    Mending(
        "23",
        "an amount that may be a thousand is asked about",
        [
            (
                "domain/money.py",
                "    raise AmbiguousAmount(text, code, thousands, decimals)\n",
                "    return number\n",
            )
        ],
    ),
    Mending(
        "24",
        "the first payment is the first by every way to pay",
        [
            (
                "application/catalog/deals.py",
                "    if not (discount_code.first_only and plan.recurring):\n",
                "    if True:\n",
            )
        ],
    ),
    Mending(
        "25",
        "days for a friend go to what can be longer",
        [
            (
                "../features/referrals/use_cases/give_referral.py",
                "usable = [each for each in subscriptions if not each.for_life]",
                "usable = subscriptions",
            )
        ],
    ),
    Mending(
        "26",
        "who has a plan for life hears what goes on being charged for the same chat",
        [
            (
                "application/messages/payment_messages.py",
                "await overlaps(sources.uow, payment.customer_id, plan) if",
                "() if",
            )
        ],
    ),
)

MENDINGS: Final = [each for each in _MENDINGS if each.can_be_applied]
