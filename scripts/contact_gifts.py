"""Screens of the core about a gift that a customer opens, for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot import consent
from bot.screens import codes, status
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.vip.code_answers import Activation, CodeOffer, TokenRefusal
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.ids import PlanId, new_uuid

GIVEN: Final = ServicePlan(
    id=PlanId(new_uuid()),
    soft_id="retabet",
    name="Retabet",
    price=samples.RETABET.price,
    interval=Interval.MONTH,
    created_at=samples.NOW,
)


def opening(t: Texts) -> Sequence[Shot]:
    """Return the screens of the gift's recipient."""
    agrees = consent.consent_text(t, samples.POLICY, "vip.offer_consent")
    offer = CodeOffer(code="K7Q2M9X4T1B8Z5R0", plan=GIVEN, days=30, extends=False, has_accepted=False, paid_for=True)
    gain = Activation(
        plan=GIVEN,
        price=GIVEN.price,
        days=30,
        days_left=30,
        access_end=samples.NOW + timedelta(days=30),
        is_extension=False,
        stage=None,
        paid_for=True,
    )
    return [
        Shot("a gift, the first time here", codes.offer_screen(t, offer, agrees)),
        Shot("a gift on top", codes.offer_screen(t, replace(offer, extends=True))),
        Shot("opened", codes.activation(t, gain, None, direct=None)),
        Shot("opened on top", codes.activation(t, replace(gain, is_extension=True), None, direct=None)),
        Shot(
            "their plan is paused",
            status.status(t, samples.card(samples.STATES["paused"]), lead=t("vip.refused.gift_resting")),
        ),
        *(Shot(f"not opened: {why}", codes.refusal(t, why)) for why in (TokenRefusal.HELD, TokenRefusal.MONEY_BACK)),
    ]
