"""A result from the match source settles a tip in the worker, with the worker's settings, queue and database role."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
from sqlalchemy import text

from features.picks.use_cases.tip_text import TipDraft
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.settle_by_source import MATCH_LENGTH
from features.record.use_cases.verify_record import VerifyRecord
from features.record.wiring import record_of
from subscriptions.application import routing
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.units import sql_unit
from tests.features.picks.tips import STARTS, tip
from tests.features.record.records import accept_tips
from tests.support.features import all_on
from tests.support.postgres import as_process
from umbral_sandbox.football_data import KNOWN
from umbral_sandbox.server import running_sandbox


async def test_match_result_settles_its_tip_once(database_url: str) -> None:
    clock, engine = ManualClock(), create_engine(as_process(database_url, "worker"))
    whole = create_engine(database_url)

    def units() -> SqlUnitOfWork:
        return sql_unit(whole, routing.jobs_for)

    async with units() as uow:
        await uow.plans.save(plan := samples.plan())
        await uow.commit()
    pick = await accept_tips(units, clock).tip("k", plan.soft_id, TipDraft(facts=tip()), "cli")
    async with running_sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
        match = {"home": "Betis", "away": "Sevilla", "starts_at": STARTS.isoformat(), "goals": [2, 1]}
        (await http.put("/control/matches/7", json=match)).raise_for_status()
        source = {"FOOTBALL_DATA_TOKEN": KNOWN, "FOOTBALL_DATA_API_BASE": sandbox.url}
        settings = load(WorkerSettings, {"DATABASE_URL": database_url, **source})
        core = CoreContainer(settings=settings, engine=engine, clock=clock, features=all_on())
        core.gateways.override(MemoryGateways({}))
        worker = WorkerContainer(core=core)
        clock.advance(STARTS + MATCH_LENGTH + timedelta(minutes=1) - clock.now())
        await record_of(core).settle_by_source().ask()
        async with whole.connect() as connection:
            asked = "SELECT entrypoint, payload FROM pgqueuer WHERE entrypoint = 'core.ask_results'"
            [(name, payload)] = (await connection.execute(text(asked))).all()
        for _ in range(2):
            await job_handlers(worker)[name](json.loads(payload))
    async with units() as uow:
        settlements = [each for each in await uow.of(RECORDS_KEY).of_tip(pick.id) if "settled" in each.kind]
    assert [(each.origin, each.facts()["result"], each.facts()["evidence"]) for each in settlements] == [
        ("source:football-data", "won", "football-data.org/v4/matches/7: 2–1")
    ]
    assert [each.faults for each in await VerifyRecord(units)()] == [[]]
    await engine.dispose()
    await whole.dispose()
