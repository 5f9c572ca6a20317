"""Screens about the withdrawal from a contract for the contact sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot import consent, declarations
from bot.screens import checkout, notices, status, withdrawals
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.messages.announcement import Announcement
from subscriptions.application.withdrawals.contracts import Contract, Share, WithdrawalRefused
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.withdrawal_policy import PERIOD, Declarations, Refusal
from tests.fakes import samples as facts
from tests.fakes.announcements import announcement

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


def withdrawing(t: Texts) -> Sequence[Shot]:
    """Return the screens from the status card to the acknowledgement, and all refusals."""
    pressed = t.plain("buttons.withdraw")
    bought = announcement(MessageKind.PAYMENT_RECEIVED, withdraw_until=LAST_DAY, order=ORDER.id.hex)
    gift = replace(CONTRACT, order=replace(CONTRACT.order, gift=True))
    return [
        Shot("said after paying", notices.render(bought, t.language)),
        Shot("while the right lasts", status.status(t, samples.card(samples.LIVE), sections=[withdrawals.section(t)])),
        Shot("step one", withdrawals.card(t, CONTRACT), pressed),
        Shot("a proportional sum is owed", withdrawals.card(t, replace(CONTRACT, shares=PART)), pressed),
        Shot("paid by what gives nothing back by itself", withdrawals.card(t, replace(CONTRACT, automatic=False))),
        Shot("a trial", withdrawals.card(t, replace(CONTRACT, shares=[]))),
        Shot("a gift, by its payer", withdrawals.card(t, gift)),
        Shot("of several", withdrawals.choose(t, [CONTRACT, replace(CONTRACT, plan_name="Sportium")])),
        Shot("step two", withdrawals.confirmation(t, WITHDRAWAL), t.plain("withdrawal.confirm")),
        *(
            Shot(
                caption,
                notices.render(announcement(MessageKind.WITHDRAWN, name="@ana", **more), t.language, samples.SUPPORT),
            )
            for caption, more in _ACKNOWLEDGED.items()
        ),
        Shot("the money is back", notices.render(announcement(MessageKind.REFUNDED, withdrawn=True), t.language)),
        *(
            Shot(f"refused: {refusal}", withdrawals.refusal_screen(t, _refused(refusal), samples.SUPPORT))
            for refusal in Refusal
        ),
    ]


def declaring(t: Texts) -> Sequence[Shot]:
    """Return the screens of the declarations that the operator may require before the payment."""
    agrees = consent.consent_text(t, samples.POLICY, "checkout.consent.methods")
    ways = checkout.methods(t, samples.RETABET, samples.descriptors(), consent=agrees)
    asked = [replace(samples.POLICY, declarations=kind) for kind in (Declarations.CONTENT, Declarations.SERVICE)]
    paid = {"withdraw_until": LAST_DAY, "order": ORDER.id.hex}
    return [
        *(
            Shot(f"declarations: {each.declarations}", declarations.with_boxes(t, each.declarations, ways, "retabet"))
            for each in asked
        ),
        Shot(
            "declarations: required",
            declarations.with_boxes(t, Declarations.CONTENT, ways, "retabet", is_required=True),
        ),
        *(
            Shot(
                f"confirmed after paying: {each.declarations}",
                notices.render(
                    announcement(MessageKind.PAYMENT_RECEIVED, declared=str(each.declarations), **paid), t.language
                ),
            )
            for each in asked
        ),
        Shot("new terms", status.status(t, samples.card(samples.LIVE), sections=[status.new_terms(t)])),
        Shot("the way to them", status.manage(t, samples.card(samples.LIVE), sections=[status.new_terms(t)])),
        Shot(
            "to be accepted",
            status.terms(t, consent.consent_text(t, samples.POLICY, "status.terms")),
            t.plain("buttons.terms"),
        ),
        Shot("accepted", status.status(t, samples.card(samples.LIVE), lead=t("status.terms_accepted"))),
        Shot("the country, where there is a list", checkout.country(t, "retabet", ["ES", "PT", "MX"])),
        Shot("another country", checkout.not_served(t, "retabet", samples.SUPPORT), t.plain("checkout.country.other")),
    ]


_ACKNOWLEDGED: Final[Mapping[str, Mapping[str, object]]] = {
    "the acknowledgement": {"automatic": True},
    "the same, a person returns it": {},
    "the same, part is owed": {"automatic": True, "owed": Money(500, "EUR")},
    "the same, nothing was paid": {"amount": None},
    "the same, other time is left": {"automatic": True, "live": True},
    "the same, of a gift": {"automatic": True, "gift": True},
}


def _acknowledgement(more: Mapping[str, object]) -> Announcement:
    return announcement(MessageKind.WITHDRAWN, name="@ana", **more)


def _refused(refusal: Refusal) -> WithdrawalRefused:
    withdrawal = WITHDRAWAL if refusal is Refusal.SECOND_TIME else None
    return WithdrawalRefused(refusal, plan_name="Retabet", day=LAST_DAY, withdrawal=withdrawal)
