"""Check that only their owner can read backup files, under any umask of the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from subscriptions.infrastructure.backups.store import BackupStore

NAME = "umbral-20261125T010000Z-095_note_channel_looks.dump.age"


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """Set a umask under which new files are readable by everyone."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_backup_and_its_folder_are_private(tmp_path: Path, open_to_all: None) -> None:
    folder = tmp_path / "kept" / "backups"
    with BackupStore(str(folder), {}).writer(NAME) as sink:
        sink.write(b"sealed")
    [file] = folder.iterdir()
    assert file.read_bytes() == b"sealed"
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("location", ["s3://copies", "s3://copies/night"])
@pytest.mark.parametrize("options", [{}, {"endpoint": "http://127.0.0.1:9", "access_key_id": "x"}])
def test_bucket_is_opened_whatever_options_are_missing(location: str, options: dict[str, str]) -> None:
    assert BackupStore(location, options).location == location
