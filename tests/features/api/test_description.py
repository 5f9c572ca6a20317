"""Check that `/api/v1` conforms to its own OpenAPI description: schemathesis sends generated requests to a running web
process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.support.drawn import SHARES, Share, share_of
from tests.support.website import Website

PHASES = {Share.TENTH: "examples,coverage", Share.WHOLE: "examples,coverage,fuzzing"}
"""Test phases of schemathesis by length of the test run: requests with examples and boundary values; in the full run
also random requests to every operation.
"""
DRAWN = 25
"""Number of examples that schemathesis generates per operation and phase."""
LONGEST_S = 600
INSIDES = ("Traceback", 'File \\"', "asyncpg", "sqlalchemy", "site-packages")
"""Strings that must not occur in any response."""


async def stocked(site: Website) -> str:
    """Create a key with all abilities, and rows for the lists."""
    secret = new_secret()
    able = frozenset(Ability)
    await site.give(ApiKey(name="fuzzer", digest=digest_of(secret), abilities=able, created_at=NOON))
    plan, now = samples.plan(), site.container.core.clock().now()
    async with site.container.core.units()() as uow:
        await uow.plans.save(plan)
        for number in range(3):
            await uow.customers.save(samples.customer(created_at=NOON + timedelta(seconds=number)))
            assert await uow.of(TOKENS_KEY).add_if_new(
                ActivationToken.make(plan, TelegramId(1), now, now + timedelta(days=1))
            )
        await uow.commit()
    return secret


@pytest.mark.parametrize("share", SHARES)
async def test_every_api_answer_conforms_to_the_description_and_reveals_no_internals(
    site: Website, tmp_path: Path, share: Share
) -> None:
    key, report = await stocked(site), tmp_path / "answers.har"
    async with httpx.AsyncClient(trust_env=False) as client:
        described = (await client.get(f"{site.url}/api/v1/openapi.json")).json()["paths"]
    operations = [each["operationId"] for path in described.values() for each in path.values() if "operationId" in each]
    words = [
        f"{site.url}/api/v1/openapi.json",
        f"--header=Authorization: Bearer {key}",
        f"--phases={PHASES[share]}",
        "--checks=all",
        # A cursor is a string from the page before; no schema can describe it.
        "--exclude-checks=positive_data_acceptance",
        f"--max-examples={DRAWN}",
        "--generation-deterministic",
        "--suppress-health-check=all",
        "--continue-on-failure",
        f"--report-har-path={report}",
        "--no-color",
        *(f"--include-operation-id={each}" for each in share_of(operations, share)),
    ]
    fuzzing = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "schemathesis.cli", "run", *words),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(LONGEST_S):
        said, _ = await fuzzing.communicate()

    assert fuzzing.returncode == 0, said.decode()[-8000:]
    answers = [entry["response"] for entry in json.loads(report.read_text())["log"]["entries"]]
    seen = {answer["status"] for answer in answers}
    assert {200, 401, 422} <= seen if share is Share.WHOLE else 401 in seen
    assert max(answer["status"] for answer in answers) < 500
    assert not [answer for answer in answers if any(part in json.dumps(answer) for part in INSIDES)]
