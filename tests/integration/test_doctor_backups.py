"""`umbral doctor` warns of backups that could not be restored, and names the remedy."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pyrage
import pytest
from pyrage import x25519

from subscriptions.infrastructure.backups.sealing import Keys
from tests.integration.test_unreadable_settings import SHOP
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Ran, Terminal
from tests.support.sealed import enter, open_setup

KEY = Keys.fresh()
HALF = Keys(KEY).worker_half
PUBLIC = Keys(KEY).public
NO_STORE = {"BACKUP_S3_ENDPOINT": "http://127.0.0.1:9", "BACKUP_S3_KEY_ID": "x", "BACKUP_S3_SECRET": "x"}
FIRST_CHECK = "backups: none was checked so far; run `umbral backup --verify`"
SIGN_AGAIN = "put into it what `umbral backup --public-key` prints where the private key is, then run `umbral backup`"


@dataclass(frozen=True)
class Shop:
    """A shop with backups in a folder."""

    url: str
    folder: Path
    fork_client: ForkClient

    async def run(self, *words: str, key: str = KEY, **more: str) -> Ran:
        settings = {**SHOP, "DATABASE_URL": self.url, "BACKUP_TO": str(self.folder), "BACKUP_KEY": key, **more}
        return await Terminal(settings, self.fork_client).run(*words)

    async def must(self, *words: str, key: str = KEY, **more: str) -> None:
        ran = await self.run(*words, key=key, **more)
        assert ran.status == 0, ran.err

    async def warned(self, key: str = KEY, **more: str) -> list[str]:
        """Return what doctor says about backups, without the line that names the newest one."""
        doctor = await self.run("doctor", key=key, **more)
        lines = [line for line in doctor.out.splitlines() if line.startswith("backups: ")]
        assert lines, (doctor.out, doctor.err)
        return [line for line in lines if not line.startswith("backups: the newest is of ")]

    def newest(self) -> Path:
        return max(self.folder.glob("umbral-2*.age"))

    def strip_signature(self, path: Path) -> None:
        """Seal a file of the backups again with the public half of the key alone."""
        sink = io.BytesIO()
        Keys(KEY).open(io.BytesIO(path.read_bytes()), sink)
        path.write_bytes(pyrage.encrypt(sink.getvalue(), [x25519.Identity.from_str(KEY).to_public()]))

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture
def shop(database_url: str, tmp_path: Path, fork_client: ForkClient) -> Shop:
    return Shop(database_url, tmp_path / "copies", fork_client)


async def test_signed_and_checked_backup_is_no_reason_for_a_warning(shop: Shop) -> None:
    await shop.must("backup")
    assert await shop.warned() == [FIRST_CHECK]
    await shop.must("backup", "--verify")
    assert await shop.warned() == []
    assert await shop.warned(HALF) == [], "the worker's half tells the same"


async def test_wrong_setting_of_another_process_hides_no_warning(shop: Shop) -> None:
    await shop.must("backup")
    assert await shop.warned(SESSION_KEY="too short") == [FIRST_CHECK]


@pytest.mark.parametrize("maker", [KEY, HALF])
async def test_newest_backup_without_a_signature_is_named_with_the_remedy(shop: Shop, maker: str) -> None:
    await shop.must("backup", key=maker)
    await shop.must("backup", "--verify")
    planted = shop.newest().with_name("umbral-20991231T235959Z-00000000.age")
    planted.write_bytes(shop.newest().read_bytes())
    shop.strip_signature(planted)

    (line,) = await shop.warned()
    assert f"a restore refuses {planted.name}: it has no signature of this shop" in line
    assert line.endswith("; run `umbral backup`")

    planted.unlink()
    assert await shop.warned() == []


async def test_key_that_cannot_sign_is_named_before_and_after_the_backup_is_checked(shop: Shop) -> None:
    await shop.must("backup", key=PUBLIC)
    unsigned = f"backups: BACKUP_KEY can't sign, so a restore refuses them; {SIGN_AGAIN}"
    unchecked = "backups: none was checked so far; run `umbral backup --verify` with the private key"
    assert await shop.warned(PUBLIC) == [unsigned, unchecked]

    await shop.must("backup", "--verify", "--unsigned")
    assert await shop.warned(PUBLIC) == [unsigned, unchecked], "a check with --unsigned does not count"

    await shop.must("backup", key=HALF)
    await shop.must("backup", "--verify")
    assert await shop.warned(HALF) == []


async def test_backup_of_another_key_or_a_damaged_one_is_named(shop: Shop) -> None:
    await shop.must("backup")
    await shop.must("backup", "--verify")
    (line,) = await shop.warned(Keys.fresh())
    assert f"a restore refuses {shop.newest().name}: BACKUP_KEY is not the key it was sealed with" in line

    shop.newest().write_bytes(shop.newest().read_bytes()[:200])
    (line,) = await shop.warned()
    assert f"a restore refuses {shop.newest().name}: it is cut off, damaged" in line


async def test_check_that_failed_or_is_long_ago_is_named_with_the_remedy(shop: Shop) -> None:
    await shop.must("backup")
    whole = shop.newest().read_bytes()
    shop.newest().write_bytes(whole[:-1])
    assert (await shop.run("backup", "--verify")).status == 1
    again = "backups: the last check failed; run `umbral backup`, then `umbral backup --verify`"
    assert again in await shop.warned()
    shop.newest().write_bytes(whole)
    await shop.must("backup", "--verify")
    assert await shop.warned() == []

    long_ago = "2026-01-02T03:04:05+00:00\tx\t"
    await shop.execute(f"UPDATE variables SET value = '{long_ago}' WHERE name = 'backup_verified'")
    assert await shop.warned() == ["backups: none was checked since 2026-01-02; run `umbral backup --verify`"]


@pytest.mark.parametrize(
    ("name", "value"), [("doctor_seen", "[1]"), ("doctor_seen", '{"x": 1}'), ("backup_verified", "x")]
)
async def test_unreadable_variable_does_not_stop_doctor(shop: Shop, name: str, value: str) -> None:
    await shop.must("backup")
    await shop.execute(f"INSERT INTO variables VALUES ('{name}', '{value}', now())")
    assert await shop.warned() == [FIRST_CHECK]


async def test_backups_that_are_gone_or_cannot_be_read_are_reported(shop: Shop) -> None:
    await shop.must("backup")
    await shop.must("backup", "--verify")
    shop.newest().unlink()
    assert await shop.warned() == [f"backups: {shop.folder} holds none; the worker makes one when it starts"]

    (line,) = await shop.warned(BACKUP_TO="s3://umbral", **NO_STORE)
    assert line.startswith("backups: they can't be looked at: s3://umbral cannot be listed")


async def test_copy_of_the_settings_key_that_a_restore_could_not_use_is_reported(shop: Shop, tmp_path: Path) -> None:
    await shop.must("secrets", str(tmp_path / "keys"))
    key_file = str(tmp_path / "keys/settings/settings.key")
    async with open_setup(shop.url) as setup:
        await enter(setup, key_file, SHOP)
        await setup.finish()
    for words in (("backup",), ("backup", "--verify")):
        await shop.must(*words, SETTINGS_KEY_FILE=key_file)
    kept = shop.folder / "umbral-settings-key.age"
    for key in (KEY, HALF):
        assert await shop.warned(key, SETTINGS_KEY_FILE=key_file) == []

    whole = kept.read_bytes()
    shop.strip_signature(kept)
    (line,) = await shop.warned(SETTINGS_KEY_FILE=key_file)
    assert "can't be restored" in line
    assert "no signature of this shop" in line

    kept.unlink()
    for key in (KEY, HALF):
        (line,) = await shop.warned(key, SETTINGS_KEY_FILE=key_file)
        assert "they hold no copy of the key of the settings entered in the browser" in line
    kept.write_bytes(whole)
    assert await shop.warned(SETTINGS_KEY_FILE=key_file) == []
