"""Numbers in README and documents agree with the code or the benchmark that they come from.

The number of answers to `umbral init` is checked in tests/integration/test_init_wizard.py.
"""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.architecture.conftest import ROOT
from tests.support.drawn import TENTH

WORDS = {
    "README.md": ("six", "seven", "eight", "nine", "ten"),
    "README.es.md": ("seis", "siete", "ocho", "nueve", "diez"),
}
SIX = 6
LONGEST = 700
"""Maximum length of a README in words, links and commands included."""


def read(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def default_of(script: str, option: str) -> int:
    text = (ROOT / "scripts" / f"{script}.py").read_text(encoding="utf-8")
    found = re.search(rf'"{option}", type=int, default=([\d_]+)', text)
    assert found is not None
    return int(found[1])


def test_readme_states_the_number_of_tour_steps() -> None:
    tour = (ROOT / "sandbox/src/umbral_sandbox/page/static/js/room/tour.js").read_text(encoding="utf-8")
    steps = len(
        re.findall(r'^  (?:\["|  ")\w+",', tour.partition("const STEPS = [")[2].partition("\n];")[0], re.MULTILINE)
    )
    english, spanish = (WORDS[name][steps - SIX] for name in WORDS)
    assert f"A guided tour of {english} steps" in read("README.md")
    assert f"Una visita guiada de {spanish} pasos" in read("README.es.md")
    assert f"A guided tour of {english} steps" in tour


def test_readme_states_the_last_measured_start_up_times() -> None:
    measured = json.loads((ROOT / "benchmarks/measured.json").read_text(encoding="utf-8"))["start"]
    seconds = {row["work"]: row["ours"].partition(" ")[0] for row in measured["rows"]}
    first, second = seconds["a demo's first start"], seconds["a demo's second start"]
    cores, day = re.findall(r"^(\d+) processors, .*, (\d+ \w+ \d{4}) ", measured["machine"])[0]
    assert f"A first start took {first} s and a second one {second} s on {cores} cores on {day}" in read("README.md")
    comma = (each.replace(".", ",") for each in (first, second))
    assert "El primer arranque tardó {} s y el segundo {} s en {} núcleos".format(*comma, cores) in read("README.es.md")


@pytest.mark.parametrize(
    ("document", "phrase"),
    [
        ("README.md", "a year of {customers} customers"),
        ("README.es.md", "un año de {customers} clientes"),
        ("docs/testing.md", "a year of {customers} customers"),
        ("docs/testing.md", "draws {events} deliveries"),
        ("Makefile", "a year of {customers} customers"),
        ("Makefile", "{events} events doubled"),
    ],
)
def test_documented_simulation_sizes_are_the_defaults(document: str, phrase: str) -> None:
    customers, events = default_of("year", "--customers"), f"{default_of('shuffle', '--events'):,}".replace(",", " ")
    assert phrase.format(customers=customers, events=events) in read(document)


def test_readme_states_the_share_of_cases_drawn_for_the_short_test_run() -> None:
    assert len(range(10)) == TENTH
    assert "a drawn tenth" in read("README.md")


def test_readme_links_to_installation_instructions_of_the_pick_router_package() -> None:
    link = re.search(r"package `pick_router`: see \[[^]]*\]\(([\w./-]+\.md)", read("README.md"))
    assert link is not None
    assert "pip install ./examples/pick-router" in read(link[1])
    assert "from pick_router import PickRouter" in read(link[1])


def test_readme_states_the_required_python_version() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert f"Python {asked} or newer" in read("README.md")
    assert f"Python {asked} o posterior" in read("README.es.md")


def test_readme_says_that_the_code_never_ran_against_real_services_before_the_demo_command() -> None:
    for name, words in (
        ("README.md", "has ever answered this code"),
        ("README.es.md", "contestado nunca a este código"),
    ):
        text = read(name)
        assert words in text
        assert text.index(words) < text.index("make demo"), "before anybody is asked to try"


@pytest.mark.parametrize("name", WORDS)
def test_readme_is_at_most_750_words(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").split()) <= LONGEST
