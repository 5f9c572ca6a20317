"""Kinds of alarms: each is a class whose fields are the alarm's facts. Other versions of the product can read the
stored facts.
"""

from __future__ import annotations

import pytest

from subscriptions.application.accounts.account_care import AccountBanned, AccountUnreachable
from subscriptions.application.alarms.alarm_kind import (
    AlarmKind,
    AlarmLink,
    ByCause,
    alarm_kinds,
    closing_of,
    link_of,
    page_of,
)
from subscriptions.application.alarms.shared_alarms import WorkOverdue
from subscriptions.application.payments import payment_webhook_handler
from subscriptions.application.payments.part_payments import PartPayment
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.entities.userbot_account import AccountTrouble
from subscriptions.domain.ids import CustomerId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.payment_outcomes import PrerequisiteMissing
from subscriptions.infrastructure.database.errors import TROUBLES
from tests.fakes.samples import NOON


def test_alarm_fields_are_stored_as_text_and_empty_fields_are_omitted() -> None:
    who = CustomerId(new_uuid())
    part = PartPayment(order="A1", customer=who, amount=Money(1000, "EUR"), missing=Money(1999, "EUR"))
    assert part.facts() == {
        "order": "A1",
        "customer": str(who),
        "amount": str(part.amount),
        "missing": str(part.missing),
    }
    assert AccountUnreachable(account="1 uno", since=NOON).facts()["since"] == "2026-03-01 12:00 UTC"
    assert AccountBanned(account="1 uno", reason="gone").facts() == {"account": "1 uno", "reason": "gone"}


def test_alarm_event_contains_the_stored_name_of_its_alarm_kind() -> None:
    raised = AccountBanned(account="1 uno", reason="gone").raise_event("account:1", NOON)
    assert (raised.key, raised.kind, dict(raised.facts), raised.at) == (
        "account:1",
        "account_banned",
        {"account": "1 uno", "reason": "gone"},
        NOON,
    )


def test_two_alarm_kinds_cannot_have_the_same_name() -> None:
    with pytest.raises(TypeError, match="account_banned"):

        class Another(AlarmKind):
            name = "account_banned"
            closes = ByCause()


def test_alarm_kind_can_have_its_own_console_page_and_unknown_kind_has_no_page() -> None:
    assert (link_of("payment_event_stuck"), page_of("payment_event_stuck")) == (AlarmLink.RECONCILE, AlarmLink.WEBHOOKS)
    assert (link_of(WorkOverdue.name), page_of(WorkOverdue.name)) == (None, AlarmLink.JOBS)
    assert (link_of("of_tomorrow"), page_of("of_tomorrow"), closing_of("of_tomorrow")) == (None, None, None)


def test_every_review_reason_and_unfavourable_dispute_status_has_an_alarm_kind() -> None:
    names = {*FlagReason, *AccountTrouble, *TROUBLES, *(f"dispute_{each}" for each in ("open", "inquiry", "lost"))}
    assert {str(name) for name in names} <= alarm_kinds().keys()
    assert {"open", "inquiry", "lost"} <= {str(each) for each in DisputeStatus}
    notified = {PrerequisiteMissing("").alarm, "unmatched_payment_event", "unknown_subscription", "double_subscription"}
    assert notified == payment_webhook_handler.ALARMS.keys()
