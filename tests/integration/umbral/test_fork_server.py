"""Check that processes forked from the fork server find the objects of a bot already built."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.fork_clients import ForkClient

LOOK = """
import sys
from aiogram.types import Message, Update
from bot.texts import load_texts
from subscriptions.infrastructure.telegram.bot_client import reading
assert Update.__pydantic_complete__
before = reading.cache_info().misses
reading(Message)
assert reading.cache_info().misses == before
assert load_texts()
assert "sniffio" in sys.modules
"""


def test_bot_module_is_preloaded_in_the_fork_server(fork_client: ForkClient, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert fork_client.start([sys.executable, "-c", LOOK], log=log).wait(90) == 0, log.read_text()
