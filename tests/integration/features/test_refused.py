"""Check that the doctor and `umbral features` name the packages whose feature is left out, with the reason and the
remedy.
"""

from __future__ import annotations

import json
from pathlib import Path

from subscriptions.bootstrap.doctor import report_of_features
from subscriptions.bootstrap.features import installed
from tests.integration.features.conftest import Shop
from tests.support.features import REFUSED, write_refused
from tests.support.operator_cli import Terminal


def test_doctor_names_the_package_the_reason_and_the_remedy(site: Path) -> None:
    write_refused(site)

    refused = installed().refused

    assert sorted(refused) == sorted(REFUSED)
    for line, (name, (package, reason)) in zip(report_of_features(), sorted(REFUSED.items()), strict=True):
        assert line.startswith(f"feature {name}: {package} is left out: ")
        assert reason in line
        assert line.endswith(f". {refused[name].remedy}")


def test_built_in_feature_stays_usable_when_another_package_uses_its_name(site: Path) -> None:
    write_refused(site)

    found = installed()

    assert found.packages["gifts"] == "features.gifts"
    assert found.broken == REFUSED.keys() - {"gifts"}


async def test_list_of_features_names_the_reason_and_the_remedy(site: Path, shop: Shop) -> None:
    write_refused(site)
    shop.migrate()
    terminal = Terminal({"DATABASE_URL": shop.url, "PYTHONPATH": str(site)})

    shown, listed = await terminal.run("features", "list"), await terminal.run("features", "list", "--json")

    assert (shown.status, listed.status) == (0, 0), shown.err + listed.err
    broken = {each["name"]: each for each in json.loads(listed.out) if each["state"] == "broken"}
    assert sorted(broken) == sorted(REFUSED)
    for name, (package, reason) in REFUSED.items():
        assert broken[name]["package"] == package
        assert reason in broken[name]["reason"]
        assert broken[name]["remedy"]
    assert "umbral-bingo 1.2.3 is left out: " in shown.out
