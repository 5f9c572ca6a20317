"""Too many at once: nobody goes before the owner says so, and a day later the owner may still take it back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_leaving import advance, cancel, inside
from tests.support.demo import Demo, Person, eventually

pytestmark = pytest.mark.e2e

MANY = 6


@pytest.fixture
def owner(demo: Demo) -> Person:
    """Who runs it."""
    return Person(demo, int(demo.facts["admin_id"]))


def umbral(demo: Demo, *words: str) -> str:
    """A command of the operator's against the demo; what it printed."""
    command = [sys.executable, "-m", "umbral", "--env-file", str(Path(demo.facts["env_file"])), *words]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={"PATH": os.environ["PATH"]}
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_the_owner_is_asked_lets_them_go_and_takes_it_back(demo: Demo, owner: Person) -> None:
    people = [demo.person(f"Socio{number}") for number in range(MANY)]
    homes = {person.id: int(person.buy()["id"]) for person in people}
    for person in people:
        cancel(person)

    advance(demo, days=33)

    question = owner.told("saldrían ahora a la vez", button="Dejarlos dentro")
    assert all(str(person.id) in question["text"] for person in people)
    assert all(person.id in inside(demo, homes[person.id]) for person in people)
    assert "stripe: http" in umbral(demo, "doctor", "--live")
    listed = umbral(demo, "sweep", "--dry-run")
    assert all(str(person.id) in listed for person in people)
    assert "waits for your word in the bot" in listed

    owner.press(question, "Sí, que salgan")
    done = owner.told("como dijo un propietario", button="Deshacer")
    for person in people:
        eventually(lambda person=person: person.id not in inside(demo, homes[person.id]) or None, f"{person.id} is out")
        person.told("ha terminado")
    last = {person.id: person.messages()[-1]["seq"] for person in people}

    owner.press(done, "Deshacer")
    owner.told("Deshecho")
    for person in people:
        ready = person.told("", button="Unirte al canal Retabet", after=last[person.id])
        assert int(person.join(str(person.press(ready, "Unirte al canal Retabet")["value"]))["id"]) == homes[person.id]
    again = owner.messages()[-1]["seq"]
    owner.press(done, "Deshacer")
    owner.told("ya está decidido", after=again)
