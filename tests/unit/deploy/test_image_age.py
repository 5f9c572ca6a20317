"""`umbral doctor` warns of a base image older than three months, in containers only."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from subscriptions.bootstrap.checks.image import report_of_image

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CLUSTER = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create the file system of a Debian whose packages were last written 100 days ago."""
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.touch()
    made_at = (NOW - timedelta(days=100)).timestamp()
    os.utime(status, (made_at, made_at))
    return tmp_path


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv", ""])
def test_old_base_image_is_reported_in_a_container(root: Path, mark: str) -> None:
    if mark:
        (root / mark).parent.mkdir(exist_ok=True)
        (root / mark).touch()
    (line,) = report_of_image({} if mark else CLUSTER, NOW, root)
    assert "2026-08-19" in line
    assert report_of_image(CLUSTER, NOW - timedelta(days=10), root) == [], "not three months old yet"


def test_machine_without_containers_is_not_reported(root: Path) -> None:
    assert report_of_image({}, NOW, root) == []


def test_base_image_other_than_debian_is_not_reported(tmp_path: Path) -> None:
    assert report_of_image(CLUSTER, NOW, tmp_path) == []
