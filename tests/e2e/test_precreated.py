"""Pre-created channels in a demo: created automatically, assigned at a sale, and replaced by new ones."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

WANTED = 2
SETTINGS = {"CHANNEL_STOCK": str(WANTED)}


def nobodys(demo: Demo) -> list[dict[str, Any]]:
    """Return the pre-created channels, which have the brand's name and only their owner and the bots as members."""
    return [channel for channel in demo.channels() if channel["title"] == "Retador"]


def ready(demo: Demo) -> int:
    """Return the number of ready pre-created channels from the metrics."""
    figures = httpx.get(f"{demo.facts['ops']}/metrics", timeout=ANSWER_SECONDS, trust_env=False).text
    lines = [line for line in figures.splitlines() if line.startswith("umbral_channel_stock{") and "ready" in line]
    return int(float(lines[0].rpartition(" ")[2])) if lines else 0


@pytest.mark.long
def test_sale_uses_a_pre_created_channel_and_the_pool_is_refilled(demo: Demo) -> None:
    eventually(lambda: ready(demo) == WANTED, "the stock is full")
    precreated = {channel["id"]: channel for channel in nobodys(demo)}
    assert len(precreated) == WANTED
    for channel in precreated.values():
        people = {member["id"] for member in channel["members"] if not member["is_bot"]}
        assert (people, channel["protected"], channel["links"]) == ({channel["owner"]}, True, [])

    # No channel can be created now, and a paying customer is still served.
    demo.faults({"on": "mtproto", "do": "flood", "method": "CreateChannel", "seconds": 3000})
    ana = demo.person("Ana", username="ana_lista")
    home = ana.buy()

    assert home["id"] in precreated
    assert (home["title"], "ref:" in home["about"]) == ("Retador - Retabet - @ana_lista", False)
    assert home["about"] != precreated[home["id"]]["about"]
    posts = [message for message in ana.messages(home["id"]) if message["kind"] == "text"]
    assert [post["pinned"] for post in posts] == [True]

    # The metrics are refreshed at intervals and must show the missing channel first.
    eventually(lambda: ready(demo) < WANTED, "one is missing")
    demo.faults()
    demo.post("/clock/advance", {"hours": 2})
    eventually(lambda: ready(demo) == WANTED, "the stock is full again")
    assert len(nobodys(demo)) == WANTED
