"""Sample screens of partners, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bot.screens import Screen, status
from bot.screens.panel.lists import page_of_list
from bot.texts import Texts
from features.partners import screens as partners
from features.partners.chat import PARTNERS_LIST
from features.partners.domain import (
    SAME_CARD,
    SAME_PERSON,
    Counts,
    EntryKind,
    Partner,
    PartnerBalance,
    PartnerEntry,
    PartnerId,
    PartnerReach,
    PartnerTerms,
)
from features.partners.use_cases.arrive_by_partner import ReferralOutcome
from features.partners.use_cases.show_statement import PartnerStatement
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.domain.money import Money

_ID: Final = UUID("0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e12")
PARTNER: Final = Partner(id=PartnerId(_ID), code="SOCIA", customer_id=CustomerId(_ID), created_at=samples.NOW)
_TERMS: Final = PartnerTerms(
    partner_id=PARTNER.id,
    number=1,
    basis_points=2000,
    counts=Counts.EACH,
    months=12,
    hold_days=30,
    since=samples.NOW,
)
_PAYMENT: Final = PaymentId(_ID)


def _entry(kind: EntryKind, minor: int, days: int, reference: str = "") -> PartnerEntry:
    paid = kind is EntryKind.PAID
    at = samples.NOW + timedelta(days=days)
    return PartnerEntry(
        id=UUID(int=days),
        partner_id=PARTNER.id,
        kind=kind,
        payment_id=None if paid else _PAYMENT,
        amount=Money(minor, "EUR"),
        held_until=None if paid else at,
        reference=reference,
        at=at,
    )


STATEMENT: Final = PartnerStatement(
    partner=PARTNER,
    terms=_TERMS,
    link="https://t.me/retador_bot?start=p_SOCIA",
    reach=PartnerReach(came=12, buyers=5),
    balances=[PartnerBalance(currency="EUR", earned=3588, reversed=1196, paid=1196, held=598)],
    newest=[
        _entry(EntryKind.PAID, 1196, 40, "TR-2026-03"),
        _entry(EntryKind.REVERSED, 598, 15, SAME_PERSON),
        _entry(EntryKind.EARNED, 598, 15),
        _entry(EntryKind.REVERSED, 598, 12, SAME_CARD),
        _entry(EntryKind.EARNED, 598, 12),
        _entry(EntryKind.REVERSED, -598, 9),
        _entry(EntryKind.REVERSED, 598, 5),
        _entry(EntryKind.EARNED, 598, 1),
    ],
    has_ended=False,
)
"""Sample statement of a partner."""


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the screens of a partner's statement in each state, and the refusals of a partner's link."""
    sums = frozenset({"EUR:500", "USD:600"})
    first = replace(
        _TERMS, basis_points=None, sums=sums, counts=Counts.FIRST, months=None, plans=frozenset({"retabet"})
    )
    new = replace(
        STATEMENT,
        terms=first,
        reach=PartnerReach(came=0, buyers=0),
        balances=[],
        newest=[],
        plans=["Retabet", "Sportium"],
    )
    below = [PartnerBalance(currency="EUR", earned=598, reversed=598, paid=598)]
    refusals = [partners.refusal(t, each) for each in ReferralOutcome]
    return [
        Shot(
            "the way to it under «Gestionar»",
            status.manage(t, samples.card(samples.LIVE), sections=[partners.section(t)]),
        ),
        Shot("their statement", partners.statement(t, STATEMENT), t.plain("buttons.statement")),
        Shot("nothing earned yet", partners.statement(t, new)),
        Shot(
            "money went back after a payout, and it has ended",
            partners.statement(t, replace(STATEMENT, balances=below, has_ended=True)),
        ),
        Shot("who is no partner", partners.no_partner(t, "@soporte")),
        Shot("the same without a contact", partners.no_partner(t, "")),
        Shot("a link that brings nobody", Screen("\n\n".join(each for each in refusals if each))),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    ended = replace(STATEMENT, has_ended=True)
    model = LISTS[PARTNERS_LIST.name]
    rows = [{"id": str(_ID), **_ROW, "code": "SOCIA"}, {"id": str(_ID), **_ROW, "code": "ANTES", "state": "ended"}]
    done = t("panel.stale")
    return [
        Shot("partners: a page", page_of_list(t, PARTNERS_LIST, model, rows, StaffRole.OWNER, more=True)),
        Shot("partners: the last", page_of_list(t, PARTNERS_LIST, model, rows[:1], StaffRole.OWNER, done, 1)),
        Shot("partners: none yet", page_of_list(t, PARTNERS_LIST, model, [], StaffRole.OWNER)),
        Shot("a partner", partners.partner(t, STATEMENT, StaffRole.OWNER)),
        Shot("one that has ended, for a manager", partners.partner(t, ended, StaffRole.MANAGER)),
    ]


_ROW: Final = {
    "customer_id": str(_ID),
    "first_name": "Ana",
    "last_name": None,
    "username": "ana",
    "telegram_id": 700000001,
    "state": "working",
    "brought": 12,
    "paying": 5,
}
CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Partners": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"partners": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
