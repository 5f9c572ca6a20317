"""A stock of ready channels in a whole demo: filled by itself, handed out at a sale, filled again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

WANTED = 2
SETTINGS = {"CHANNEL_STOCK": str(WANTED)}


def nobodys(demo: Demo) -> list[dict[str, Any]]:
    """Channels under the brand's name, in which there are none but their owner and the bots."""
    return [channel for channel in demo.channels() if channel["title"] == "Retador"]


def ready(demo: Demo) -> int:
    """How many are ready, as the figures have it."""
    figures = httpx.get(f"{demo.facts['ops']}/metrics", timeout=ANSWER_SECONDS, trust_env=False).text
    lines = [line for line in figures.splitlines() if line.startswith("umbral_channel_stock{") and "ready" in line]
    return int(float(lines[0].rpartition(" ")[2])) if lines else 0


@pytest.mark.long
def test_a_sale_takes_one_and_the_stock_is_filled_again(demo: Demo) -> None:
    eventually(lambda: ready(demo) == WANTED, "the stock is full")
    stock = {channel["id"]: channel for channel in nobodys(demo)}
    assert len(stock) == WANTED
    for channel in stock.values():
        people = {member["id"] for member in channel["members"] if not member["is_bot"]}
        assert (people, channel["protected"], channel["links"]) == ({channel["owner"]}, True, [])

    # Nobody can make channels now; whoever pays is served all the same.
    demo.faults({"on": "mtproto", "do": "flood", "method": "CreateChannel", "seconds": 3000})
    ana = demo.person("Ana", username="ana_lista")
    home = ana.buy()

    assert home["id"] in stock
    assert (home["title"], "ref:" in home["about"]) == ("Retador - Retabet - @ana_lista", False)
    assert home["about"] != stock[home["id"]]["about"]
    posts = [message for message in ana.messages(home["id"]) if message["kind"] == "text"]
    assert [post["pinned"] for post in posts] == [True]

    # The figures are asked for now and then: they have to know first that one is gone.
    eventually(lambda: ready(demo) < WANTED, "one is missing")
    demo.faults()
    demo.post("/clock/advance", {"hours": 2})
    eventually(lambda: ready(demo) == WANTED, "the stock is full again")
    assert len(nobodys(demo)) == WANTED
