"""Screens about payments that staff confirms manually, for the panel's sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.screens.panel.payments import arrivals
from bot.texts import Texts
from scripts import panel_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.payments.awaited_payments import AwaitedPayment
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction

OWNER: Final = StaffRole.OWNER
WAITING: Final = AwaitedPayment(
    order_id=OrderId(samples.ID),
    number=1,
    reference="A1B2C3D4",
    session_ref="RET-A1B2C3D4-1",
    customer=samples.ANA,
    plan=samples.RETABET.label,
    amount=Money(2999, "EUR"),
    label={"es": "🏦 Banco", "en": "🏦 Bank"},
    asked_at=samples.NOW - samples.DAY,
    decision=None,
)
ARRIVED: Final = replace(WAITING, order_id=OrderId(samples.OTHER), decision=StaffAction.CONFIRM_PAYMENT)
REFUSED: Final = replace(WAITING, decision=StaffAction.REFUSE_PAYMENT)


def shots(t: Texts) -> list[Shot]:
    """Return all screens about payments that staff confirms manually."""
    return [
        Shot("payments to confirm", arrivals.payment_list(t, [WAITING, ARRIVED], 0, True, back_to="methods")),
        Shot("their last page", arrivals.payment_list(t, [WAITING], 1, False)),
        Shot("none waits", arrivals.payment_list(t, [], 0, False, t("arrivals.gone"))),
        Shot("one of them", arrivals.one(t, WAITING, OWNER)),
        Shot("somebody said that it arrived", arrivals.one(t, ARRIVED, OWNER)),
        Shot("somebody said that it will not", arrivals.one(t, REFUSED, OWNER)),
    ]
