"""Features for tests: declarations, and packages found by their entry point."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import DEFAULT_VERTICAL, Feature, FeatureState, FeatureStates, dependants
from subscriptions.bootstrap.feature_states import RunningStates, everything_on
from subscriptions.bootstrap.features import installed, named
from subscriptions.domain.entities.spoken import phrase

OFF: Final = frozenset(os.environ.get("UMBRAL_TESTS_OFF", "").replace(",", " ").split())
"""Features that are off in every shop of this test run, except where a test says otherwise. Their own tests, and those
of the features that need them, are not collected.
"""
ABOUT = phrase("Something for tests.", "Algo para pruebas.")


def declared(name: str, **changes: Any) -> Feature:
    """Return a feature declaration with the given fields replaced."""
    return Feature(**{"name": name, "title": ABOUT, "about": ABOUT, "default_for": frozenset({"*"}), **changes})


def all_but(*names: str) -> dict[str, str]:
    """Return the setting FEATURES with all installed features except these."""
    return {"FEATURES": ",".join(sorted(installed().features.keys() - {*names} - off_in_run())) or "none"}


def off_in_run() -> frozenset[str]:
    """Return the features that are off in this run, and the features that need them. Raises ValueError for an unknown
    feature name.
    """
    if not OFF:
        return OFF
    known = installed().features
    if unknown := OFF - known.keys():
        raise ValueError(f"UMBRAL_TESTS_OFF: there is no feature {', '.join(sorted(unknown))}")
    return OFF.union(*(dependants(name, [*known], known) for name in OFF))


def runs(name: str) -> bool:
    """Return True if a feature is installed and is not off in this run. Tests of the core expect the effects of such
    features only.
    """
    return name in installed().features.keys() - off_in_run()


EVERY: Final = all_but()["FEATURES"] if OFF else "all"
"""Value of the setting FEATURES in the tests' shops."""


def only(setting: str) -> RunningStates:
    """Return states in which the features named by a value of the setting FEATURES are on, and all others are off."""
    found = installed()
    names_on = named(setting, DEFAULT_VERTICAL)
    states = {each: FeatureState.ON if each in names_on else FeatureState.OFF for each in found.features}
    return RunningStates(found, FeatureStates(states=states))


@contextmanager
def packages_found_in(folder: Path) -> Iterator[None]:
    """Make this process find the packages in a folder while the block runs. Afterwards, forget their modules and the
    failures to load them.
    """
    FAILURES.lasting.clear()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in [*sys.modules.items()]:
            if str(getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]
        FAILURES.lasting.clear()
        FAILURES.take()


def write_feature(
    site: Path,
    name: str,
    declaration: str = "",
    modules: Mapping[str, str] | None = None,
    default_for: str = "ALL_VERTICALS",
) -> str:
    """Write a distribution with one feature to a folder of packages, as pip would, and return the name of its package.

    declaration: further arguments of `Feature` as source code.
    modules: source code by module name.
    default_for: value of the argument `default_for` of `Feature` as source code.
    """
    package = f"umbral_{name}"
    folder = site / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "feature.py").write_text(
        "from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows\n"
        "from subscriptions.domain.entities.spoken import phrase\n"
        f"FEATURE = Feature(name={name!r}, title=phrase('T', 'T'), about=phrase('For tests.', 'Para pruebas.'),"
        f" default_for={default_for}, {declaration})\n"
    )
    for module, source in (modules or {}).items():
        (folder / f"{module}.py").parent.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text(source)
    info = site / f"{package}-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text(f"[umbral.features]\n{name} = {package}\n")
    (info / "RECORD").write_text(f"{package}/__init__.py,,\n{package}/feature.py,,\n")
    return package


REFUSED: Final = {
    "raffle": ("umbral-raffle 1.2.3", "needs umbral-access >=9.1, and "),
    "bingo": ("umbral-bingo 1.2.3", "umbral_bingo.feature.FEATURE has to be a Feature, and is 7"),
    "poker": ("umbral-poker 1.2.3", "ZeroDivisionError, "),
    "quitter": ("umbral-quitter 1.2.3", "umbral_quitter.feature ends the process when it is imported"),
    "tickets": (
        "umbral-tickets 1.2.3",
        "needs bingo (umbral_bingo.feature.FEATURE has to be a Feature, and is 7), which is refused",
    ),
    "draws": ("umbral-draws 1.2.3", "the feature draws needs nothing_such, which is not installed"),
    "gifts": ("umbral-gifts 1.2.3", "features.gifts and umbral_gifts both declare a feature 'gifts'"),
    "twin": ("umbral-other 1.2.3, umbral-twin 1.2.3", "all declare a feature 'twin'"),
}
"""Packages that the product refuses to load, keyed by the name of their entry point: the refused distributions, and a
part of the stated reason.
"""


def write_refused(site: Path) -> None:
    """Write the packages of `REFUSED` to a folder of packages."""
    for name in ("raffle", "bingo", "poker", "quitter", "gifts", "twin", "other"):
        write_feature(site, name)
    write_feature(site, "tickets", "needs=('bingo',)")
    write_feature(site, "draws", "needs=('bingo', 'nothing_such')")
    with (site / "umbral_raffle-1.2.3.dist-info" / "METADATA").open("a") as metadata:
        metadata.write("Requires-Dist: umbral-access>=9.1\n")
    sources = {"bingo": "FEATURE = 7\n", "poker": "1 / 0\n", "quitter": "raise SystemExit(0)\n"}
    for name, source in sources.items():
        (site / f"umbral_{name}" / "feature.py").write_text(source)
    (site / "umbral_other-1.2.3.dist-info" / "entry_points.txt").write_text("[umbral.features]\ntwin = umbral_other\n")


_KIT: Final = """
import json, sys
from importlib import import_module
from subscriptions.bootstrap import migrate
from umbral.testing.features import Subject, faults

url, *asked = json.loads(sys.argv[1])
if url:
    migrate.upgrade(url)
for name, rule, rows, job in asked:
    jobs = [getattr(import_module(Subject(name).package + ".jobs"), job)()] if job else []
    print("found:", json.dumps([*faults(Subject(name, tuple(rows), tuple(jobs), url), rule)]))
"""


def run_with(site: Path, program: str, *words: str) -> str:
    """Run a program in a new process that also finds the packages in a folder, and return what it printed."""
    environ = {**os.environ, "PYTHONPATH": str(site)}
    ran = subprocess.run(
        [sys.executable, "-c", program, *words], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def kit_finds(site: Path, url: str, asked: Sequence[tuple[str, str, Sequence[str], str]]) -> list[str]:
    """Run the checks for features of `umbral.testing.features` in a new process, where no texts of other features are
    loaded yet, and return one text per check: the violations that the check found, one per line.

    asked: feature, rule, rows and job class of each check.
    url: database that is migrated and then copied.
    """
    reported = run_with(site, _KIT, json.dumps([url, *asked])).splitlines()
    found = [line.partition("found:")[2] for line in reported if line.startswith("found:")]
    return ["\n".join(json.loads(each)) for each in found]


def all_on() -> RunningStates:
    """Return states in which every installed feature is on, except those that are off in this run."""
    return only(EVERY) if OFF else everything_on()
