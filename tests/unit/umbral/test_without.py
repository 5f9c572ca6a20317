"""`make without`: the feature that is removed on each day, the portions of a nightly run, and the restoration of
removed folders.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from scripts.without import FOLDERS, by_turn, removed, share
from subscriptions.bootstrap.features import installed
from tests.unit.deploy.test_workflows import named

NAMES = ["gifts", "marks", "partners", "record", "tokens"]
DAY = date(2026, 11, 28)


def test_each_feature_is_removed_on_one_day_of_the_cycle() -> None:
    assert sorted(by_turn(NAMES, DAY + timedelta(days=day)) for day in range(len(NAMES))) == NAMES


def test_nightly_test_portions_remove_each_feature_once() -> None:
    parts = named("nightly.yml")["jobs"]["without"]["strategy"]["matrix"]["part"]

    assert sorted(name for part in parts for name in share(NAMES, part)) == NAMES


@pytest.mark.parametrize("part", ["0/4", "5/4", "1", "a/b"])
def test_invalid_test_portion_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match=r"part|literal"):
        share(NAMES, part)


def test_removed_folders_are_restored_after_a_failure(tmp_path: Path) -> None:
    name = next(iter(installed().features))
    for folder in FOLDERS:
        (tmp_path / folder / name).mkdir(parents=True)

    def play() -> None:
        with removed(tmp_path, [name]):
            assert not any((tmp_path / folder / name).exists() for folder in FOLDERS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play()
    assert all((tmp_path / folder / name).exists() for folder in FOLDERS)


def test_unknown_feature_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no feature 'nothing'"), removed(tmp_path, ["nothing"]):
        pass
