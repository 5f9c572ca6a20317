"""Samples of referral screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.screens import status
from bot.texts import Texts
from features.referrals import screens as referrals
from features.referrals.use_cases.show_referrals import ReferralView
from scripts import contact_samples as samples
from scripts.contact_samples import Shot

INVITED: Final = ReferralView(
    link="https://t.me/retador_bot?start=ref_0f3c", came=3, paying_count=1, days=timedelta(days=7)
)


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the customer's screens with the referral link."""
    return [
        Shot(
            "the count on the status card",
            status.status(t, samples.card(samples.LIVE), sections=[referrals.section(t, INVITED)]),
        ),
        Shot(
            "under «Gestionar»",
            status.manage(t, samples.card(samples.LIVE), sections=[referrals.section(t, INVITED)]),
        ),
        Shot("their link", referrals.referrals(t, INVITED), t.plain("buttons.referrals")),
        Shot("the same, for who has a plan for life", referrals.referrals(t, replace(INVITED, gains=False))),
        Shot("nothing is given any more", referrals.none(t)),
    ]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Bringing a friend": _chat}
"""Functions that return sample screens shown to customers."""
