"""Screens about the withdrawal from a contract for the contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot.screens import status
from bot.texts import Texts
from features.withdrawals import screens as withdrawals
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.withdrawals.contracts import Contract, Share, WithdrawalRefused
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.withdrawal_policy import PERIOD, Refusal
from tests.fakes import samples as facts

PRICE: Final = Money(2999, "EUR")
LAST_DAY: Final = date(2026, 3, 26)
ORDER: Final = facts.order(facts.customer(), facts.plan(), price=PRICE)
PAYMENT: Final = facts.payment(ORDER, amount=PRICE)
CONTRACT: Final = Contract(
    order=ORDER,
    plan_name="Retabet",
    name="@ana",
    contract_at=samples.NOW,
    last_day=LAST_DAY,
    shares=[Share(payment=PAYMENT, refund=PRICE, retention=Money(0, "EUR"))],
    automatic=True,
)
PART: Final = [Share(payment=PAYMENT, refund=Money(2499, "EUR"), retention=Money(500, "EUR"))]
WITHDRAWAL: Final = Withdrawal(
    id=new_uuid(),
    order_id=CONTRACT.order.id,
    customer_id=CONTRACT.order.customer_id,
    plan_name="Retabet",
    name="@ana",
    contract_at=samples.NOW,
    declared_at=samples.NOW,
    amount=PRICE,
    kept=None,
    automatic=True,
    refund_due=samples.NOW + PERIOD,
)


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the screens from the status card to the confirmation, and all refusals."""
    pressed = t.plain("buttons.withdraw")
    gift = replace(CONTRACT, order=replace(CONTRACT.order, for_another=True))
    return [
        Shot("while the right lasts", status.status(t, samples.card(samples.LIVE), sections=[withdrawals.section(t)])),
        Shot("step one", withdrawals.card(t, CONTRACT), pressed),
        Shot("a proportional sum is owed", withdrawals.card(t, replace(CONTRACT, shares=PART)), pressed),
        Shot("paid by what gives nothing back by itself", withdrawals.card(t, replace(CONTRACT, automatic=False))),
        Shot("a trial", withdrawals.card(t, replace(CONTRACT, shares=[]))),
        Shot("days of another plan wait", withdrawals.card(t, replace(CONTRACT, waiting=(samples.WAITING,)))),
        Shot("a gift, by its payer", withdrawals.card(t, gift)),
        Shot("of several", withdrawals.choose(t, [CONTRACT, replace(CONTRACT, plan_name="Sportium")])),
        Shot("step two", withdrawals.confirmation(t, WITHDRAWAL), t.plain("withdrawal.confirm")),
        *(
            Shot(f"refused: {refusal}", withdrawals.refusal_screen(t, _refused(refusal), samples.SUPPORT))
            for refusal in Refusal
        ),
    ]


def _refused(refusal: Refusal) -> WithdrawalRefused:
    withdrawal = WITHDRAWAL if refusal is Refusal.SECOND_TIME else None
    return WithdrawalRefused(refusal, plan_name="Retabet", day=LAST_DAY, withdrawal=withdrawal)


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Withdrawing from a contract": _chat}
"""Functions that return sample screens shown to customers."""
