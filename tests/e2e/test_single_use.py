"""Invite links that admit the first person only (INVITE_MODE=single_use): a stranger who used the link first is
removed.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, Person, eventually, find
from tests.support.member import known_member

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


SETTINGS = {"INVITE_MODE": "single_use"}


def channel_with(demo: Demo, url: str) -> dict[str, Any]:
    return next(each for each in demo.channels() if any(link["url"] == url for link in each["links"]))


def test_stranger_who_joins_first_is_removed_and_customer_and_owner_are_notified(demo: Demo) -> None:
    ana, stranger, owner = demo.person("Ana"), demo.person("Extraño"), Person(demo, demo.facts["admin_id"])
    demo.pay(ana.checkout())
    url = ana.invited()
    (link,) = [each for each in channel_with(demo, url)["links"] if each["url"] == url]
    assert (link["request"], link["member_limit"]) == (False, 1)

    assert stranger.open(url)["result"] == "joined"
    eventually(lambda: demo.channel_of(stranger) is None or None, "the stranger is out")
    ana.received("Otra persona entró en tu canal")
    owner.received("Alguien que no es el cliente")
    another = eventually(lambda: _other_link(ana, url), f"another link; chat: {ana.tail()}")
    assert stranger.open(url)["result"] == "refused"

    assert ana.open(another)["result"] == "joined"
    ana.received("Ya estás dentro")
    channel = channel_with(demo, url)
    known_member(demo, ana, int(channel["id"]), "Retabet").stands("active", "active")
    # A removal is recorded after Telegram did it, and the metrics are refreshed at intervals.
    eventually(lambda: _strangers(demo) == ['umbral_strangers{action="stranger.removed"} 1.0'] or None, "it is counted")


def _strangers(demo: Demo) -> list[str]:
    metrics = httpx.get(f"{demo.facts['ops']}/metrics", timeout=ANSWER_SECONDS, trust_env=False).text
    return [line for line in metrics.splitlines() if line.startswith("umbral_strangers{")]


def _other_link(person: Person, used: str) -> str | None:
    # Read the link instead of pressing the button: the old message's button may be removed at any time.
    ready = person.sees("", button="Unirte al canal Retabet")
    button = find(ready, "Unirte al canal Retabet") if ready else None
    return str(button["url"]) if button and button["url"] != used else None
