"""Contact-sheet screens about the right of withdrawal: declarations before the payment, and acknowledgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot import consent, declarations
from bot.screens import checkout, notices, status
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.withdrawal_policy import Declarations
from tests.fakes.announcements import announcement

LAST_DAY: Final = date(2026, 3, 26)
_PAID: Final = {"withdraw_until": LAST_DAY, "order": new_uuid().hex}


def declaring(t: Texts) -> Sequence[Shot]:
    """Return the screens of the declarations that the operator may require from customers before the payment."""
    agrees = consent.consent_text(t, samples.POLICY, "checkout.consent.methods")
    methods = checkout.methods(t, samples.RETABET, samples.descriptors(), consent=agrees)
    asked = [replace(samples.POLICY, declarations=kind) for kind in (Declarations.CONTENT, Declarations.SERVICE)]
    return [
        *(
            Shot(
                f"declarations: {each.declarations}", declarations.with_boxes(t, each.declarations, methods, "retabet")
            )
            for each in asked
        ),
        Shot(
            "declarations: required",
            declarations.with_boxes(t, Declarations.CONTENT, methods, "retabet", is_required=True),
        ),
        *(
            Shot(
                f"confirmed after paying: {each.declarations}",
                notices.render(
                    announcement(MessageKind.PAYMENT_RECEIVED, declared=str(each.declarations), **_PAID), t.language
                ),
            )
            for each in asked
        ),
        Shot("new terms", status.status(t, samples.card(samples.LIVE), sections=[status.new_terms(t)])),
        Shot("the way to them", status.manage(t, samples.card(samples.LIVE), sections=[status.new_terms(t)])),
        Shot(
            "to be accepted",
            status.terms(t, consent.consent_text(t, samples.POLICY, "status.terms")),
            t.plain("buttons.terms"),
        ),
        Shot("accepted", status.status(t, samples.card(samples.LIVE), lead=t("status.terms_accepted"))),
        Shot("the country, where there is a list", checkout.country(t, "retabet", ["ES", "PT", "MX"])),
        Shot("another country", checkout.not_served(t, "retabet", samples.SUPPORT), t.plain("checkout.country.other")),
    ]


def acknowledging(t: Texts) -> Sequence[Shot]:
    """Return the messages about the right of withdrawal, and about its exercise."""
    bought = announcement(MessageKind.PAYMENT_RECEIVED, **_PAID)
    return [
        Shot("said after paying", notices.render(bought, t.language)),
        *(
            Shot(
                caption,
                notices.render(
                    announcement(MessageKind.WITHDRAWN, **{"name": "@ana", **more}), t.language, samples.SUPPORT
                ),
            )
            for caption, more in _ACKNOWLEDGED.items()
        ),
        Shot("the money is back", notices.render(announcement(MessageKind.REFUNDED, withdrawn=True), t.language)),
    ]


_ACKNOWLEDGED: Final[Mapping[str, Mapping[str, object]]] = {
    "the acknowledgement": {"automatic": True},
    "the same, a person returns it": {},
    "the same, part is owed": {"automatic": True, "owed": Money(500, "EUR")},
    "the same, nothing was paid": {"amount": None},
    "the same, other time is left": {"automatic": True, "live": True},
    "the same, of a gift": {"automatic": True, "gift": True},
    "the same, too long for a caption": {"automatic": True, "name": "@" + "ana" * 350},
}
