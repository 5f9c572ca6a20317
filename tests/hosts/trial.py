"""Purchases while links are cut, slowed and repaired and the database moves to another machine. All guarantees are
checked afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import Final, TypeVar

import httpx

from tests.chaos import invariants
from tests.hosts.house import House
from tests.support.demo import NeverHappened, Person, eventually
from tests.support.planted import leaks_of

T = TypeVar("T")
Say = Callable[[str], None]

LASTS_S: Final = 5.0
"""Duration of a fault, in seconds."""
BUYERS: Final = 3
"""Number of buyers per fault, one after the other."""
BEFORE: Final = 2
"""Number of these buyers that start before the fault."""
_ONE_EVERY_S: Final = 1.5
_IDLE_WITHIN_S: Final = 120.0
_PATIENCE: Final = 3
"""Number of times that a buyer retries a step."""


@dataclass(frozen=True)
class Trouble:
    """Fault with its description, active during its block."""

    what: str
    wrong: Callable[[House], object]
    mended: Callable[[House], object] = lambda _: None


TROUBLES: Final = (
    Trouble(
        "worker and userbot do not reach the database",
        lambda house: house.network.cut("back", "data"),
        lambda house: house.network.mend("back", "data"),
    ),
    Trouble(
        "web and bot do not reach the database",
        lambda house: house.network.cut("front", "data"),
        lambda house: house.network.mend("front", "data"),
    ),
    Trouble(
        "web and bot reach neither Telegram nor providers, nor these them",
        lambda house: house.network.cut("front", "world"),
        lambda house: house.network.mend("front", "world"),
    ),
    Trouble(
        "worker and userbot reach neither Telegram nor providers",
        lambda house: house.network.cut("back", "world"),
        lambda house: house.network.mend("back", "world"),
    ),
    Trouble(
        "the database does not reach its copy, so that no commit is sure",
        lambda house: house.network.cut("data", "spare"),
        lambda house: house.network.mend("data", "spare"),
    ),
)


class Trial:
    """One run of all faults. say: callback that receives a line for each step. only: part of a fault's description,
    which selects the faults to run; empty for all.

    Raises AssertionError at the first violated guarantee.
    """

    def __init__(self, house: House, say: Say, only: str = "") -> None:
        self._house, self._say, self._only = house, say, only
        self._buyers = ThreadPoolExecutor(BUYERS, "buyer")
        self._people: list[Person] = []
        self._numbers = count(1)

    def __call__(self) -> None:
        """Run all faults, one after the other."""
        for trouble in TROUBLES:
            self._during(trouble.what, lambda trouble=trouble: self._lasting(trouble))
        self._during("the line to the database is bad", self._slowly)
        self._during("the database's machine is gone, and its copy takes over", self._moved)
        leaks = leaks_of(self._house.folder / "data", self._house.facts)
        assert leaks == [], f"secrets can be read: {leaks}"
        self._say("no secret stands in logs, errors, metrics")

    def _during(self, what: str, trouble: Callable[[], object]) -> None:
        if self._only not in what:
            return
        began = time.monotonic()
        bought = list[Future[float]]()
        for _ in range(BEFORE):
            bought.append(self._next())
            self._wait(_ONE_EVERY_S)
        with self._buying(bought):
            trouble()
        slowest = max(each.result() for each in bought)
        self._wait_until_idle()
        broken = self._broken()
        assert broken == [], f"{what}: {broken}"
        reported = (
            f"{len(bought)} bought meanwhile, the slowest in {slowest:.1f} s; {len(self._people)} in all, promises hold"
        )
        self._say(f"{what}: {reported} ({time.monotonic() - began:.0f} s)")

    @contextmanager
    def _buying(self, bought: list[Future[float]]) -> Iterator[None]:
        """Let more buyers start purchases during the block."""
        coming = ThreadPoolExecutor(1, "coming")
        last = coming.submit(lambda: [self._come(bought) for _ in range(BUYERS - BEFORE)])
        yield
        last.result()
        coming.shutdown()

    def _come(self, bought: list[Future[float]]) -> None:
        bought.append(self._next())
        self._wait(_ONE_EVERY_S)

    def _next(self) -> Future[float]:
        person = self._house.person(f"Buyer {next(self._numbers)}")
        self._people.append(person)
        return self._buyers.submit(self._buys, person)

    def _buys(self, person: Person) -> float:
        """Buy a plan as the person, enter the channel, and return the duration in seconds."""
        began = time.monotonic()
        url = _patiently(person.checkout)
        self._house.pay(url)
        person.join(_patiently(person.invited))
        return time.monotonic() - began

    def _wait(self, seconds: float = LASTS_S) -> None:
        Event().wait(seconds)

    def _lasting(self, trouble: Trouble) -> None:
        trouble.wrong(self._house)
        try:
            self._wait()
        finally:
            trouble.mended(self._house)

    def _slowly(self) -> None:
        with self._house.network.slow("data") as bad:
            self._say(f"packets are {bad}")
            self._wait()

    def _moved(self) -> None:
        self._house.network.lose("data")
        # This lasts as long as it is uncertain whether the machine has failed.
        self._wait(2.0)
        acknowledged = self._acknowledged()
        self._house.databases.promote()
        known = {row["event_key"] for row in self._house.rows("SELECT event_key FROM webhook_inbox")}
        lost = [event for event in acknowledged if event not in known]
        assert acknowledged, "nobody was told that an event is stored"
        assert lost == [], f"acknowledged and lost: {lost}"
        self._say(f"all {len(acknowledged)} events that were acknowledged before stand in the copy")

    def _acknowledged(self) -> Sequence[str]:
        deliveries = self._house.get("/deliveries")["deliveries"]
        return [each["event"] for each in deliveries if each["state"] == "delivered"]

    def _wait_until_idle(self) -> None:
        """Wait until no work is left."""

        house = self._house
        eventually(
            lambda: invariants.under_way(house) == {} or None,
            lambda: f"all is done; left: {invariants.under_way(house)}",
            _IDLE_WITHIN_S,
        )

    def _broken(self) -> list[str]:
        house, broken = self._house, list[str]()
        for person in self._people:
            channel = house.channel_of(person)
            found = [
                *invariants.one_of_everything(house, person.id),
                *(["is not inside"] if channel is None else invariants.only_the_payer(house, person.id, channel["id"])),
                *invariants.access_as_the_ledger_says(house, person.id),
                *invariants.said_once(house, person, invariants.SAID_TO_BUYERS, (1, 2)),
            ]
            broken += [f"{person.id}: {each}" for each in found]
        return [*broken, *invariants.nothing_forgotten(house)]


def _patiently(step: Callable[[], T]) -> T:
    for _ in range(_PATIENCE - 1):
        try:
            return step()
        except (NeverHappened, httpx.TimeoutException):
            continue
    return step()
