"""Check that identifiers are random unless a run must be reproducible."""

from __future__ import annotations

import asyncio
import random

from subscriptions.domain.ids import identifiers_from, new_uuid


def test_identifiers_are_random_uuids() -> None:
    made = {new_uuid() for _ in range(1000)}

    assert len(made) == 1000
    assert {identifier.version for identifier in made} == {4}


def test_same_random_source_gives_the_same_identifiers() -> None:
    runs = []
    for _ in range(2):
        with identifiers_from(random.Random(7).randbytes):
            runs.append([new_uuid() for _ in range(3)])

    assert runs[0] == runs[1]
    assert new_uuid() not in runs[0]


async def test_random_source_applies_only_to_tasks_started_inside_its_context() -> None:
    begin = asyncio.Event()

    async def outside() -> object:
        await begin.wait()
        return new_uuid()

    other = asyncio.create_task(outside())
    with identifiers_from(random.Random(7).randbytes):
        inside = asyncio.create_task(outside())
        begin.set()
        await asyncio.wait({other, inside})

    with identifiers_from(random.Random(7).randbytes):
        first = new_uuid()
    assert await inside == first
    assert await other != first
