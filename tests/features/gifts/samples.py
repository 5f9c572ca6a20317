"""Screens about gifts for the contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot import consent
from bot.formats import clock_time
from bot.screens import plans, status, verify
from bot.texts import Texts
from features.gifts import screens as gifts
from features.gifts.use_cases.show_gift import GiftView
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.checkout.check_order import PaymentCheck
from subscriptions.domain.ids import OrderId, new_uuid
from subscriptions.domain.services.handover_policy import HandoverState

PLAN: Final = replace(samples.RETABET, recurring=False, interval=None, duration_days=30)
CHECKOUT: Final = replace(samples.CHECKOUT, plan=PLAN)
GIFT: Final = GiftView(
    order_id=OrderId(new_uuid()),
    reference="A1B2C3D4",
    soft_id="retabet",
    plan_name="Retabet",
    days=30,
    state=HandoverState.GOOD,
    is_opened=False,
    link="https://t.me/retador_bot?start=K7Q2M9X4T1B8Z5R0",
)
GONE: Final = replace(GIFT, link=None)
HELD: Final = replace(GONE, state=HandoverState.HELD)


def _giving(t: Texts) -> Sequence[Shot]:
    """Return the screens of the giver, from the plan's card to the gift's link."""
    agrees = consent.consent_text(t, samples.POLICY, "checkout.consent.methods")
    descriptors = samples.descriptors()
    lapsed = replace(samples.LAPSED, for_another=True)
    card = samples.card(samples.LIVE)
    return [
        Shot("the card", plans.plan_card(t, PLAN, further=gifts.buy_buttons(t, PLAN))),
        Shot("given for the first time", gifts.choice(t, PLAN, descriptors, consent=agrees), t.plain("gifts.button")),
        Shot("another one, while one waits", gifts.choice(t, PLAN, descriptors, [GIFT]), t.plain("gifts.button")),
        Shot(
            "one has a promotion", gifts.choice(t, PLAN, descriptors, ignores_promotion=True), t.plain("gifts.button")
        ),
        Shot("the place to pay it", gifts.pay(t, CHECKOUT)),
        Shot("its page has run out", verify.lapsed_purchase(t, lapsed)),
        *(
            Shot(
                f"looked up: {found.name.lower() if found else 'no answer'}",
                gifts.verification(t, found, "retabet", clock_time(t, samples.NOW)),
            )
            for found in (*PaymentCheck, None)
        ),
        Shot("the provider does not answer", gifts.trouble(t, "retabet", is_rejected=False)),
        Shot("what is passed on", gifts.handover(t, GIFT), t.plain("gifts.show")),
        Shot(
            "on the giver's status card",
            status.status(t, card, sections=gifts.sections(t, [GONE])),
        ),
        Shot("under «Gestionar»", status.manage(t, card, sections=gifts.sections(t, [GONE]))),
        Shot("the same, a bank asks", status.status(t, card, sections=gifts.sections(t, [HELD]))),
        Shot("opened by now", gifts.handover(t, replace(GONE, is_opened=True))),
        Shot("its money went back", gifts.handover(t, replace(GONE, state=HandoverState.MONEY_BACK))),
        Shot("a bank asks", gifts.handover(t, replace(GONE, state=HandoverState.HELD))),
        Shot("no link yet", gifts.handover(t, GONE)),
        Shot("shared in a chat", gifts.Screen(t("gifts.shared", plan="Retabet"))),
    ]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {
    "Giving a plan away": _giving,
}
"""Functions that return sample screens shown to customers."""
