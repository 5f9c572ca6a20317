"""Samples of evidence screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.screens.panel.people import people
from bot.texts import Texts
from features.evidence.cards import facts_of
from features.evidence.domain import DisputeResponse
from scripts import panel_samples as samples
from scripts.contact_samples import Shot


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of a payment with submitted evidence, and of one whose evidence may be sent."""
    first = samples.CARD.payments[0]
    plain = replace(first, added=(facts_of(first.id, first.reference, None, None),))
    disputed = samples.DISPUTED.payments[0]
    response = DisputeResponse(dispute_id=samples.DISPUTE.id, payment_id=disputed.id, offered_at=samples.NOW)
    awaited = replace(disputed, added=(facts_of(disputed.id, disputed.reference, samples.DISPUTE, response),))
    return [
        Shot("a payment and its evidence", people.payments(t, replace(samples.CARD, payments=(plain,)))),
        Shot(
            "a disputed one, whose evidence may be sent",
            people.payments(t, replace(samples.DISPUTED, payments=(awaited,))),
        ),
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"evidence": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
