"""Bulk expiry: no customer is removed before the owner agrees, and the owner can undo the removal for a day."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_leaving import advance, cancel, inside
from tests.support.demo import START_SECONDS, Demo, Person, eventually
from tests.support.member import wait_until_idle

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

MANY = 6


@pytest.fixture
def owner(demo: Demo) -> Person:
    """Return the owner of the shop."""
    return Person(demo, int(demo.facts["admin_id"]))


def umbral(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the operator against the demo."""
    command = [sys.executable, "-m", "umbral", "--env-file", str(Path(demo.facts["env_file"])), *words]
    environ = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False, env=environ)


def is_well(ran: subprocess.CompletedProcess[str]) -> bool:
    return (ran.returncode, ran.stderr) == (0, "") and "stripe: http" in ran.stdout


@pytest.mark.long
def test_owner_confirms_and_undoes_a_bulk_expiry(demo: Demo, owner: Person) -> None:
    people = [demo.person(f"Socio{number}") for number in range(MANY)]
    homes = {person.id: int(person.buy()["id"]) for person in people}
    for person in people:
        cancel(person)

    advance(demo, days=33)

    question = owner.received("personas a la vez", button="No sacarlos")
    assert all(str(person.id) in question["text"] for person in people)
    wait_until_idle(demo)
    assert all(person.id in inside(demo, homes[person.id]) for person in people)
    # The services that the doctor checks have seconds to answer.
    eventually(lambda: is_well(umbral(demo, "doctor", "--live")), lambda: f"all is well: {umbral(demo, 'doctor')}")
    swept = umbral(demo, "sweep", "--dry-run")
    assert (swept.returncode, swept.stderr) == (0, "")
    listed = swept.stdout
    assert all(str(person.id) in listed for person in people)
    assert "on hold until you decide in the bot" in listed

    owner.press(question, "Sí, sacarlos")
    done = owner.received("como decidió un propietario", button="Deshacer")
    for person in people:
        eventually(lambda person=person: person.id not in inside(demo, homes[person.id]) or None, f"{person.id} is out")
        person.received("ha terminado")
    # A removal bans, lifts the ban, and is then recorded. All of that must be done before the customers return.
    wait_until_idle(demo)
    last = {person.id: person.messages()[-1]["seq"] for person in people}

    owner.press(done, "Deshacer")
    owner.received("Deshecho")
    for person in people:
        ready = person.received("", button="Unirte al canal Retabet", after=last[person.id])
        assert int(person.join(str(person.press(ready, "Unirte al canal Retabet")["value"]))["id"]) == homes[person.id]
    again = owner.messages()[-1]["seq"]
    owner.press(done, "Deshacer")
    owner.received("Ya está decidido", after=again)
