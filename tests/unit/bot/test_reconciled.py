"""Check that the report of a requested reconciliation has a text for every possible difference."""

from __future__ import annotations

import pytest

from bot.screens.alarms import alarm
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.reconciliation import reconcile_channels, reconcile_money
from subscriptions.application.subscriptions import poll_subscription
from tests.support.each_case import each_case

KINDS = [
    *reconcile_money._KINDS.values(),
    *(reconcile_money.NO_ANSWER, "subscription", "guest"),
    *(poll_subscription.UNKNOWN, poll_subscription.PAYMENT, poll_subscription.PAUSE, poll_subscription.CANCELLATION),
    *(poll_subscription.PLAN, poll_subscription.PRICE, poll_subscription.STATUS),
    *(kind for kind, _ in reconcile_channels._REPAIRS.values()),
    *reconcile_channels._OPEN,
]


def shown(language: str, found: int, *lines: str) -> str:
    facts = {"found": str(found), "healed": "0", "open": "1", "differences": "\n".join(lines)}
    return alarm(texts_for(language), {"alarm": "reconciled", **facts}).text


@each_case("language", LANGUAGES)
@each_case("kind", sorted(set(KINDS)))
def test_every_kind_of_reconciliation_difference_has_a_text(language: str, kind: str) -> None:
    said = shown(language, 1, f"{kind}\t3F2A91BC · 7001\t")
    assert "3F2A91BC · 7001" in said
    assert f"• {kind}:" not in said


@pytest.mark.parametrize("do", ["look_there", "again", "see_alarm"])
def test_remedy_of_a_reconciliation_difference_is_shown_in_words(do: str) -> None:
    line = shown("es", 3, f"unknown\t<b>Ana</b>\t{do}").splitlines()[2]
    assert " → " in line
    assert do not in line
    assert "&lt;b&gt;Ana" in line


def test_reconciliation_report_states_full_agreement_or_the_number_of_unlisted_differences() -> None:
    assert shown("es", 0) == "🔎 <b>Todo coincide.</b> Tus registros coinciden con los proveedores y con Telegram."
    assert shown("es", 12, "refund\tA1\t").endswith("… y 11 más: todas con umbral reconcile")
