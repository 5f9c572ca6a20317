"""Who is born in the nursery finds made what each bot would make anew."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.nurse import Nurse

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


def test_what_a_bot_meets_is_made(nurse: Nurse, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert nurse.start([sys.executable, "-c", LOOK], log=log).wait(90) == 0, log.read_text()
