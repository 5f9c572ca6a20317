"""Screens about plan changes, and about payments that do not match their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.screens import change, checkout, plans, status, verify
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.subscriptions.offered_changes import (
    ChangedChats,
    ChangeOffer,
    ChangeQuote,
    HeldBeside,
    ResumePage,
    TimeEffect,
)
from subscriptions.application.views.show_status import ReviewView
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.remainder_policy import Remainder

UP: Final = ChangeOffer(
    subscription="5B0E77A1",
    from_soft_id="retabet",
    from_name="Retabet",
    to_soft_id="sportium",
    to_name="Sportium",
    to_label="⚽ Sportium",
    price=Money(4999, "EUR"),
    interval=samples.RETABET.interval,
    interval_count=1,
    now=True,
    renewal=samples.NOW + samples.MONTH,
)
CHATS: Final = ChangedChats(own=True, gains=("Avisos", "Tertulia"), loses=("Novedades",))
ONCE: Final = ChangeQuote(
    offer=replace(UP, interval=None, renewal=samples.NOW + timedelta(days=7)),
    chats=ChangedChats(own=False),
    due=Money(0, "EUR"),
    as_of=samples.NOW,
    remainder=Remainder(
        time=timedelta(days=12),
        credit=Money(1160, "EUR"),
        length=timedelta(days=7),
        end=samples.NOW + timedelta(days=7),
    ),
)
BESIDE: Final = HeldBeside(
    from_soft_id="retabet",
    from_name="Retabet",
    access_end=samples.NOW + timedelta(days=20),
    to_soft_id="sportium",
    to_name="Sportium",
    end=samples.NOW + timedelta(days=12),
    is_later=True,
)
DOWN: Final = replace(UP, price=Money(1999, "EUR"), now=False)
_OWED: Final = replace(
    samples.LIVE,
    status=SubscriptionStatus.PAST_DUE,
    grace_until=samples.NOW + timedelta(days=5),
    is_owed=True,
    renewable=True,
)
_PAGE: Final = "https://www.paypal.com/webapps/billing/subscriptions/update"
REVIEW: Final = ReviewView(
    reference="A1B2C3D4",
    soft_id="retabet",
    plan_name="Retabet",
    reason="amount_mismatch",
    received_amount=Money(2900, "EUR"),
    asked_amount=Money(2999, "EUR"),
    holds=True,
)
REASONS: Final = (
    "amount_mismatch",
    "customer_mismatch",
    "second_capture",
    "second_capture_returning",
    "subscription_over",
    "order_closed",
    "order_closed_returning",
    "-",
)


def changing(t: Texts) -> Sequence[Shot]:
    """Return the screens of a plan change, from the other plan's card to the cancellation of the planned change."""
    dearer, free = _quote(UP, Money(1016, "EUR")), _quote(UP, Money(0, "EUR"))
    confirmed = replace(_quote(replace(UP, now=False), Money(0, "EUR")), page=_PAGE)
    coming = replace(
        samples.LIVE, next_plan="Sportium", next_price=DOWN.price, next_at=samples.NOW + timedelta(days=31)
    )
    return [
        Shot("a plan one has", plans.owned_card(t, samples.RETABET, samples.LIVE, None, changeable=True)),
        Shot("a plan one has, and a charge failed", plans.owned_card(t, samples.RETABET, _OWED, None)),
        Shot("a plan one has for life", plans.owned_card(t, samples.RETABET, samples.FOR_LIFE, None)),
        Shot("another plan's card", plans.plan_card(t, samples.SPORTIUM, [UP])),
        Shot("a chat and a file, on the card", status.status(t, samples.card(samples.OPENS))),
        Shot("the file, once it is over", status.status(t, samples.card(), lead=t("status.content_over"))),
        Shot("from «Gestionar»", status.manage(t, samples.card(samples.LIVE), changeable=["retabet"])),
        Shot("the plans to choose from", change.choose(t, [UP, replace(DOWN, to_label="🏀 Bet365")])),
        Shot("which of several", change.which(t, [UP, replace(UP, from_name="Bet365")])),
        Shot("dearer: the price", change.quote(t, dearer)),
        Shot(
            "dearer, with days that wait",
            change.quote(t, replace(dearer, time=TimeEffect(waits=timedelta(days=40), again=timedelta(days=9)))),
        ),
        Shot(
            "cheaper, with days that are used first",
            change.quote(
                t, replace(_quote(DOWN, Money(0, "EUR")), time=TimeEffect(first_until=samples.NOW + 2 * samples.MONTH))
            ),
        ),
        Shot("of the same price", change.quote(t, free)),
        Shot("cheaper: the moment", change.quote(t, _quote(DOWN, Money(0, "EUR")))),
        Shot("with a coupon", change.quote(t, replace(dearer, first_renewal=Money(3999, "EUR")))),
        Shot("confirmed at the provider", change.quote(t, confirmed)),
        Shot("paid once: what is left goes over", change.quote(t, ONCE)),
        Shot("paid once, beside another: later", change.plans_beside(t, [BESIDE])),
        Shot("paid once, beside another that lasts longer", change.plans_beside(t, [replace(BESIDE, is_later=False)])),
        Shot(
            "on the card of one of two",
            plans.owned_card(t, samples.SPORTIUM, samples.OTHER, None, plans=[BESIDE]),
        ),
        Shot("taken back there too", change.keep_there(t, ResumePage(page=_PAGE, change_at=UP.renewal))),
        Shot("the price shown is too old", change.quote(t, dearer, t("change.outdated"))),
        Shot("until then, on the card", status.status(t, samples.card(coming))),
        Shot("until then, under «Gestionar»", status.manage(t, samples.card(coming))),
        Shot(
            "one of several to change",
            status.manage(t, samples.card(samples.LIVE, samples.OTHER), changeable=["retabet"]),
        ),
        Shot("the bank said no", change.decline(t, "Retabet", "sportium", UP.subscription)),
        Shot("the provider is away", change.failure(t, "switch_sportium_5B0E77A1")),
        Shot("not possible any more", change.notice(t, "impossible")),
        Shot("the provider does not let it", change.notice(t, "not_there")),
        Shot("a purchase of the plan is at the bank", change.notice(t, "being_bought")),
        Shot("nothing to change to", change.choose(t, [])),
    ]


def misfits(t: Texts) -> Sequence[Shot]:
    """Return the screens about recorded payments that grant no access."""
    cards = [
        Shot(
            f"on the card: {reason}",
            status.status(
                t,
                replace(samples.card(paid=False), reviews=(replace(REVIEW, reason=reason),)),
                support=samples.SUPPORT,
            ),
        )
        for reason in REASONS
    ]
    return [
        *cards,
        Shot("the message that led there", verify.paid_purchase(t, "A1B2C3D4", is_counted=False)),
        Shot("the plan's card meanwhile", checkout.under_review(t, REVIEW, samples.SUPPORT)),
        Shot("a payment that was settled meanwhile", checkout.under_review(t, None, samples.SUPPORT)),
    ]


def _quote(offer: ChangeOffer, due: Money) -> ChangeQuote:
    return ChangeQuote(offer=offer, chats=CHATS, due=due, as_of=samples.NOW)
