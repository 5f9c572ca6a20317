"""Screens about one-month pauses, and about referrals, for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import callbacks
from bot.screens import pause, status
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.subscriptions.pause_subscription import PauseView

VIEW: Final = PauseView(
    soft_id="retabet",
    plan_name=samples.RETABET.name,
    price=samples.RETABET.price,
    starts=samples.NOW + samples.MONTH,
    charge_at=samples.NOW + 2 * samples.MONTH,
)
SETTLED: Final = replace(VIEW, is_settled=True)
PAUSED: Final = replace(SETTLED, is_paused=True)


def pausing(t: Texts) -> Sequence[Shot]:
    """Return the screens of a one-month pause, from the status card to the early end of the pause."""
    free = replace(samples.LIVE, pausable=True)
    planned = replace(samples.LIVE, pause_until=VIEW.charge_at)
    paused = replace(samples.STATES["paused"], renews=True, is_paused=True, pause_until=VIEW.charge_at)
    return [
        Shot("a month may be left out", status.status(t, samples.card(free), pauses={"card"})),
        Shot("under «Gestionar»", status.manage(t, samples.card(free), pauses={"card"}), t.plain("buttons.manage")),
        Shot("what it means", pause.card(t, VIEW), t.plain("buttons.pause")),
        Shot("settled", pause.confirmation(t, SETTLED), t.plain("buttons.pause_sure")),
        Shot("to come", status.status(t, samples.card(planned), pauses={"card"})),
        Shot("out by now", status.status(t, samples.card(paused), pauses={"card"})),
        Shot("under «Gestionar», then", status.manage(t, samples.card(planned), pauses={"card"})),
        Shot(
            "of two plans", status.manage(t, samples.card(free, replace(planned, soft_id="sportium")), pauses={"card"})
        ),
        Shot("taken back before it begins", pause.going_on(t, SETTLED), t.plain("buttons.go_on")),
        Shot("dropped", pause.end(t, SETTLED, None), t.plain("buttons.go_on_sure")),
        Shot("ended early", pause.going_on(t, PAUSED), t.plain("buttons.go_on")),
        Shot("it goes on", pause.end(t, PAUSED, None), t.plain("buttons.go_on_sure")),
        Shot("it is charged with its date", pause.end(t, PAUSED, PAUSED)),
        Shot("the bank says no", pause.decline(t, PAUSED)),
        Shot("not confirmed", pause.failure(t, callbacks.pause(VIEW.soft_id, sure=True))),
        Shot("not to be had", pause.impossible(t)),
    ]
