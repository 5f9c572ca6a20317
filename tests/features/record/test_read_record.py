"""The public record: every tip whose event has started, no tip before the start, and a file with which anyone can
verify the record.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.picks.domain import TipResult
from features.picks.use_cases.tip_text import TipDraft
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.read_record import ReadRecord, as_json
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.service_plan import Listing
from tests.architecture.conftest import ROOT
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips

SCRIPT = ROOT / "src/web/static/verify_record.py"
HOUR = timedelta(hours=1)


def written(path: Path, lines: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


class Public:
    """Plan whose tips are on events that start the given number of hours from now."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.act = shop, Staff(shop)
        self.accept = accept_tips(shop.units, shop.clock)
        self.read = ReadRecord(shop.units, shop.clock, ZoneInfo("UTC"))
        self.plan = ""

    async def publish(self, number: int) -> None:
        self.plan = self.plan or (await self.shop.plan()).soft_id
        facts = tip(starts_at=self.shop.clock.now() + HOUR * number, event=f"Partido {number}")
        await self.accept.tip(f"k{number}", self.plan, TipDraft(facts=facts), "cli")

    async def file(self, path: Path) -> Path:
        return written(path, await self.read.lines(self.plan) or ())


@pytest.fixture
async def public(shop: Shop) -> Public:
    """Publish three tips whose events have not started."""
    made = Public(shop)
    for number in (1, 2, 3):
        await made.publish(number)
    return made


def verified(*files: Path) -> tuple[int, str]:
    """Verify the files with an interpreter that has no packages, and return its exit status and output."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, files)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


async def test_no_tip_is_public_before_its_start(public: Public) -> None:
    view = await public.read(public.plan)
    assert view is not None
    assert (view.tips, view.unsettled_count) == ([], 0)
    assert [set(line) for line in await public.read.lines(public.plan) or ()] == [{"number", "previous", "hash"}] * 3
    public.shop.clock.advance(HOUR)
    view = await public.read(public.plan)
    assert view is not None
    assert [each.facts.event for each in view.tips] == ["Partido 1"]
    assert view.unsettled_count == 1
    shown = [line for line in await public.read.lines(public.plan) or () if "line" in line]
    assert [line["number"] for line in shown] == [1]
    assert "Partido 2" not in json.dumps(await public.read.lines(public.plan))


async def test_figures_of_the_record_are_calculated_from_the_settled_results(public: Public) -> None:
    public.shop.clock.advance(3 * HOUR)
    assert (await public.read(public.plan)) is not None
    for number, result in ((1, "won"), (2, "lost"), (3, "void")):
        await public.act(SHELL, "settle_tip", f"k{number}", result=result)
    view = await public.read(public.plan)
    assert view is not None
    assert [each.result for each in view.tips] == [TipResult.VOID, TipResult.LOST, TipResult.WON]
    shown = as_json(view.figures)
    assert {name: shown[name] for name in ("settled", "void", "staked", "profit", "yield", "hit_rate")} == {
        "settled": "2",
        "void": "1",
        "staked": "6",
        "profit": "-0.45",
        "yield": "-0.075",
        "hit_rate": "0.5",
    }
    assert [each.plan.soft_id for each in await public.read.all()] == [public.plan]


async def test_plan_without_tips_has_no_record(public: Public) -> None:
    other = await public.shop.plan()
    assert await public.read(other.soft_id) is None
    assert await public.read.lines(other.soft_id) is None
    assert await public.read("nobody") is None


async def test_record_of_a_hidden_plan_is_not_listed(public: Public) -> None:
    async with public.shop.units() as uow:
        plan = await uow.plans.by_soft_id(public.plan)
    assert plan is not None
    await public.shop.change_plan(replace(plan, listing=Listing.HIDDEN))
    assert await public.read.all() == []
    assert await public.read(public.plan) is not None, "whoever has its address may read it"


async def test_record_file_can_be_verified_without_umbral_and_a_forged_file_is_detected(
    public: Public, tmp_path: Path
) -> None:
    before = await public.file(tmp_path / "before.jsonl")
    assert verified(before) == (0, "whole: 3 entries, 3 of them not shown before their start")
    public.shop.clock.advance(3 * HOUR)
    await public.act(SHELL, "settle_tip", "k1", result="won", evidence="acta\u2028oficial")
    after = await public.file(tmp_path / "after.jsonl")
    assert verified(after, before) == (0, "whole: 4 entries, 0 of them not shown before their start")
    lines = after.read_text(encoding="utf-8").strip("\n").split("\n")
    for number, forged in enumerate(
        [
            [lines[0].replace("1.85", "1.95"), *lines[1:]],
            [lines[0], *lines[2:]],
            [lines[1], lines[0], *lines[2:]],
        ]
    ):
        path = tmp_path / f"forged{number}.jsonl"
        path.write_text("\n".join(forged), encoding="utf-8")
        code, reported = verified(path)
        assert code == 1, reported


async def test_verification_against_an_older_file_detects_a_rewritten_record(
    public: Public, shop: Shop, tmp_path: Path
) -> None:
    older = await public.file(tmp_path / "older.jsonl")
    public.shop.clock.advance(3 * HOUR)
    async with shop.units() as uow:
        entries = list(await uow.of(RECORDS_KEY).entries((await uow.of(RECORDS_KEY).plans())[0]))
    previous, forged = "0" * 64, []
    for entry in entries:
        anew = replace(entry, body=entry.body.replace("1.85", "2.85"), previous=previous)
        anew = replace(anew, hash=anew.digest())
        forged.append({"number": anew.number, "previous": previous, "hash": anew.hash, "line": anew.line()})
        previous = anew.hash
    path = tmp_path / "anew.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in forged), encoding="utf-8")
    assert verified(path)[0] == 0, "a chain alone proves nothing against who writes all of it anew"
    code, reported = verified(path, older)
    assert (code, reported.count("than in the older file")) == (1, 3)
