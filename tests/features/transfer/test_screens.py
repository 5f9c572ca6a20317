"""Screens of an account transfer: both accounts see the state of the transfer, and the first account can always
object.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens import Screen
from bot.screens.panel.people import people
from bot.texts import LANGUAGES, texts_for
from features.transfer import screens
from features.transfer.callbacks import ACCOUNT_OBJECT
from features.transfer.cards import facts_of
from features.transfer.domain import PERIOD_TO_OBJECT, AccountTransfer
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.take_over import AccountView
from scripts.panel_samples import CARD
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from tests.fakes.samples import NOON


def transfer(stage: str) -> AccountTransfer:
    """Return a transfer at a stage: proposed, requested, with a delivered notice, held because the notice failed, or
    released by two staff members.
    """
    account_transfer = AccountTransfer(
        id=new_uuid(),
        customer_id=CustomerId(new_uuid()),
        from_account=TelegramId(1),
        to_account=TelegramId(2),
        status=AccountTransferStatus.PROPOSED,
        asked_by="2",
        asked_at=NOON,
    )
    if stage != "proposed":
        account_transfer.wait(NOON)
    if stage == "notified":
        account_transfer.notice_delivered(NOON)
    if stage in {"held", "released"}:
        account_transfer.notice_failed("blocked_bot", NOON)
    if stage == "released":
        assert [account_transfer.confirm(person, NOON) for person in ("901", "902")] == [False, True]
    return account_transfer


@pytest.mark.parametrize("language", ["es", "en", "pt", "pt-br"])
@pytest.mark.parametrize(
    ("stage", "first", "second"),
    [
        ("asked", "leaving_announced", "announced"),
        ("notified", "leaving", "coming"),
        ("held", "leaving_held", "held"),
        ("released", "leaving", "coming"),
        ("proposed", None, "proposed"),
    ],
)
def test_screens_of_both_accounts_show_the_state_of_the_transfer(
    language: str, stage: str, first: str | None, second: str
) -> None:
    t, account_transfer = texts_for(language), transfer(stage)
    due = screens.moment(t, NOON + PERIOD_TO_OBJECT)
    by_second = screens.card(
        t, AccountView(second=None, named_by=None, outgoing_transfer=None, incoming_transfer=account_transfer)
    )
    assert by_second.text == t(f"account.{second}", due=due)
    assert screens.under_way(t, account_transfer).text == by_second.text
    if first is not None:
        by_first = screens.card(
            t, AccountView(second=None, named_by=None, outgoing_transfer=account_transfer, incoming_transfer=None)
        )
        assert by_first.text == t(f"account.{first}", due=due)
        assert ACCOUNT_OBJECT in str(by_first.markup)


def labels(screen: Screen) -> list[str]:
    return [each.text for row in screen.markup.inline_keyboard for each in row] if screen.markup else []


def sentences(text: str) -> int:
    return sum(text.count(end) for end in (". ", "? ", ": ")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_refused_account_transfer_gives_a_reason_and_a_next_step(language: str) -> None:
    t = texts_for(language)
    shown = {why: screens.refusal(t, why) for why in Refusal}
    assert len({screen.text for screen in shown.values()}) == len(Refusal)
    for why, screen in shown.items():
        assert sentences(screen.text) > 1, (why, screen.text)
        assert labels(screen) == [t.plain("buttons.back")]
    for why in (Refusal.TAKEN, Refusal.NOBODY, Refusal.OBJECTED, Refusal.BARRED):
        assert "/paysupport" in shown[why].text, why


@pytest.mark.parametrize("language", ["es", "en"])
def test_card_of_a_proposed_transfer_names_the_account_and_the_proposer(language: str) -> None:
    proposed = replace(transfer("proposed"), to_account=TelegramId(5550199), asked_by="5550100")
    view = replace(CARD, added=(facts_of(proposed),))
    shown = people.customer(texts_for(language), view, StaffRole.MANAGER).text
    assert "5550199" in shown
    assert "5550100" in shown
