"""The lifecycle table, compared with the product and the published page."""

from __future__ import annotations

import pytest

from tests.lives.life_cycle import PAGE, page, table
from tests.support.removed import of_all_features


@of_all_features
@pytest.mark.usefixtures("quiet")
async def test_life_cycle_page_is_up_to_date() -> None:
    written = page(await table())
    assert PAGE.read_text(encoding="utf-8") == written, "python -m tests.lives.life_cycle writes it anew"
