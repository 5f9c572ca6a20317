"""Failures of a feature in the doctor, in a shared transaction, and in its declaration."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from subscriptions.application.alarms import watch_alarms
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.alarms.report_failures import FeatureFailed
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import all_on
from subscriptions.application.views.card_part import read_parts
from subscriptions.bootstrap.doctor import report
from subscriptions.bootstrap.feature_states import everything_on
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes.samples import NOON
from tests.integration.features.conftest import Shop
from tests.support.features import write_feature
from tests.support.operator_cli import Terminal

CHECK = "SETTINGS_CHECKS = (('bot', lambda settings: 1 / 0),)\n"
PRUNE = (
    "from subscriptions.domain.ports.repositories.people import Record\n"
    "PRUNE = ((Record.SEEN_CHATS, 'DELETE FROM nowhere WHERE at < :now'),)\n"
)
CARD = (
    "from sqlalchemy import text\n"
    "class RaffleCard:\n"
    "    kind = 'customer'\n"
    "    async def read(self, uow, subject_id):\n"
    "        await uow._connection.execute(text('SELECT nothing FROM nowhere'))\n"
    "CARDS = (RaffleCard(),)\n"
)
HANGING_CARD = (
    "import asyncio\n"
    "class RaffleCard:\n"
    "    kind = 'customer'\n"
    "    async def read(self, uow, subject_id):\n"
    "        await asyncio.Event().wait()\n"
    "CARDS = (RaffleCard(),)\n"
)


def test_doctor_names_the_feature_whose_check_fails(site: Path) -> None:
    write_feature(site, "raffle", modules={"checks": CHECK})
    environ = {"DATABASE_URL": "postgresql://a:b@c/d", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35}

    (line,) = [each for each in report(environ) if "raffle" in each]

    assert line.startswith("feature raffle: its check failed: ZeroDivisionError, ")


async def test_failing_statement_of_a_feature_does_not_abort_the_shared_transaction(site: Path, shop: Shop) -> None:
    write_feature(site, "raffle", modules={"tables": PRUNE, "cards": CARD})
    await shop.execute(
        "INSERT INTO seen_chats (chat_id, title, chat_type, is_admin, missing, members_invite, seen_at)"
        " VALUES (1, 'a', 'group', false, '', false, '2020-01-01')"
    )

    async with shop.open() as core, core.units()() as uow:
        await read_parts(uow, "customer", new_uuid(), everything_on().state_of)
        assert await uow.personal_data.prune(Record.SEEN_CHATS, NOON, timedelta(days=1), 10) == 1
        await uow.commit()

    assert await shop.fetch("SELECT * FROM seen_chats") == []
    assert {("raffle", "cards: customer"), ("raffle", "tables: seen_chats")} <= FAILURES.take().keys()


async def test_customer_card_omits_the_hanging_section_of_a_feature_and_reports_the_feature(
    site: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.application.views.card_part.PATIENCE_S", 0.2)
    write_feature(site, "raffle", modules={"cards": HANGING_CARD})
    shop.migrate()

    async with shop.open() as core, core.units()() as uow:
        assert not any(each.feature == "raffle" for each in await read_parts(uow, "customer", new_uuid(), all_on))
        assert await uow.plans.all() == []

    assert FAILURES.take()["raffle", "cards: customer"].startswith("TimeoutError")


async def test_list_of_features_includes_a_broken_feature(site: Path, shop: Shop) -> None:
    package = write_feature(site, "raffle")
    (site / package / "feature.py").write_text("FEATURE = 7\n")
    shop.migrate()

    ran = await Terminal({"DATABASE_URL": shop.url, "PYTHONPATH": str(site)}).run("features", "list")

    assert ran.status == 0, ran.err
    assert "raffle" in ran.out
    assert "broken" in ran.out


async def _hang(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    await asyncio.Event().wait()
    return True


async def test_hanging_alarm_check_does_not_affect_other_alarms(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_alarms, "PATIENCE_S", 0.2)
    monkeypatch.setattr(watch_alarms, "alarm_kinds", lambda: {"raffle_hangs": AlarmKind})
    monkeypatch.setattr(watch_alarms, "feature_of", lambda _: "raffle")
    rules = {"raffle_hangs": ByCheck(_hang), "feature_failed": FeatureFailed.closes}
    monkeypatch.setattr(watch_alarms, "closing_of", rules.get)
    await shop.execute(
        "INSERT INTO alarms (id, key, kind, facts, raised_at)"
        " VALUES (gen_random_uuid(), 'raffle', 'raffle_hangs', '{}', '2020-01-01'),"
        " (gen_random_uuid(), 'feature_failed:a', 'feature_failed', '{}', '2020-01-01')"
    )

    async with shop.open() as core:
        await watch_alarms.WatchAlarms(core.units(), core.clock())()

    assert await shop.fetch("SELECT key FROM alarms WHERE closed_at IS NULL") == [{"key": "raffle"}]
    assert FAILURES.take()["raffle", "alarm: raffle_hangs"].startswith("TimeoutError")
