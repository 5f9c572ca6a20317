"""The screens of partners: their statement, and what is said to who comes by their link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bot.screens import Screen, partners, status
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.partners.arrive_by_partner import Arrival
from subscriptions.application.partners.show_statement import PartnerStatement
from subscriptions.domain.entities.partner import (
    SAME_CARD,
    SAME_PERSON,
    Counts,
    EntryKind,
    Partner,
    PartnerBalance,
    PartnerEntry,
    PartnerReach,
    PartnerTerms,
)
from subscriptions.domain.ids import CustomerId, PartnerId, PaymentId
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
"""How a partner's account may stand."""


def partnering(t: Texts) -> Sequence[Shot]:
    """A partner's statement as it may stand, and those whom a link does not bring."""
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
    refusals = [partners.refusal(t, each) for each in Arrival]
    return [
        Shot(
            "the way to it on the status card",
            status.status(t, samples.card(samples.LIVE), sections=[partners.section(t)]),
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
