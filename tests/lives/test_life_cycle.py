"""The table of the life cycle is what the product does, and what people read."""

from __future__ import annotations

import pytest

from tests.lives.life_cycle import PAGE, page, table


@pytest.mark.usefixtures("quiet")
async def test_the_page_says_what_follows_from_each_event() -> None:
    written = page(await table())
    assert PAGE.read_text(encoding="utf-8") == written, "python -m tests.lives.life_cycle writes it anew"
