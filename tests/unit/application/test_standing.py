"""Sentence that states whether a customer has access, and the reason if not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.views.presence import ENDS, Standing, standing_of
from subscriptions.application.views.see_customers import CustomerView, HeldPlan
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.subscription import BAN, DISPUTE, PROVIDER, STAFF, SubscriptionStatus
from subscriptions.domain.ids import PlanId, SubscriptionId, new_uuid
from tests.fakes import samples
from tests.fakes.samples import NOON
from web.console.words import LANGUAGES, words_for


def held(**more: Any) -> HeldPlan:
    values: dict[str, Any] = {
        "id": SubscriptionId(new_uuid()),
        "plan_id": PlanId(new_uuid()),
        "plan": "Retabet",
        "soft_id": "retabet",
        "status": SubscriptionStatus.ACTIVE,
        "paused_for": frozenset(),
        "access": AccessStatus.ACTIVE,
        "access_end": NOON,
        "renews": True,
        "live": True,
        "provider": "acme",
    }
    return HeldPlan(**(values | more))


def view(*plans: HeldPlan, **more: Any) -> CustomerView:
    return CustomerView(customer=samples.customer(**more), plans=plans, payments=(), notes=())


def over(reason: str | None, days: int = 0, **more: Any) -> HeldPlan:
    return held(live=False, access=None, ended_at=NOON + timedelta(days=days), end_reason=reason, **more)


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (view(), "never"),
        (view(held(live=False, access=None, access_end=None)), "never"),
        (view(barred_at=NOON), "barred"),
        (view(held()), "inside"),
        (view(held(access=None)), "inside"),
        (view(held(access_end=None)), "inside_always"),
        (view(held(access=AccessStatus.LEFT)), "left"),
        (view(held(access=AccessStatus.LEFT), held()), "inside"),
        (view(held(access=AccessStatus.SUSPENDED, paused_for=frozenset({STAFF}))), "paused_staff"),
        (view(held(access=AccessStatus.SUSPENDED, paused_for=frozenset({BAN, DISPUTE}))), "paused_ban"),
        (view(held(access=AccessStatus.SUSPENDED, paused_for=frozenset({PROVIDER}))), "suspended"),
        (view(over("period_over")), "ended_period_over"),
        (view(over("something else")), "ended"),
        (view(over("refunded", -3), over("removed", -1)), "ended_removed"),
        (view(over("removed"), held()), "inside"),
    ],
)
def test_access_status_is_derived_from_the_live_paused_and_ended_plans_of_the_customer(
    seen: CustomerView, name: str
) -> None:
    assert standing_of(seen).name == name


def test_reason_for_the_cancellation_is_named_in_the_access_status() -> None:
    assert standing_of(view(over("period_over", cancel_reason="price"))) == Standing(
        name="ended_period_over", plan="Retabet", at=NOON, reason="price"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_access_status_has_a_sentence(language: str) -> None:
    names = {"inside", "inside_always", "barred", "never", "ended", *(f"ended_{each}" for each in ENDS)}
    names |= {f"paused_{each}" for each in (STAFF, BAN, DISPUTE)} | {*AccessStatus} - {AccessStatus.ACTIVE}
    assert [name for name in names if not words_for(language).has(f"standing.{name}")] == []
