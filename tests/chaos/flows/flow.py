"""What every flow has: somebody to play it, a plan of their own to buy, and a patient way of going on."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import asyncpg

from tests.chaos import invariants
from tests.chaos.world import World
from tests.support.demo import NeverHappened, Person, eventually

T = TypeVar("T")

PATIENCE_SECONDS = 35.0
"""How long people look at a chat in which nothing happens before they press once more."""
TRIES = 3
SETTLE_SECONDS = 75.0

_NEW_PLAN = """
WITH old AS (UPDATE service_plans SET active = false WHERE active AND soft_id <> $1),
made AS (
    INSERT INTO service_plans
    SELECT (jsonb_populate_record(plan, jsonb_build_object(
        'id', gen_random_uuid(), 'soft_id', $1::text, 'name', $2::text, 'active', true))).*
    FROM service_plans AS plan WHERE soft_id = 'retabet' RETURNING id
)
INSERT INTO plan_payment_prices
SELECT made.id, price.provider, price.external_price_id FROM made, plan_payment_prices AS price
JOIN service_plans AS plan ON plan.id = price.plan_id WHERE plan.soft_id = 'retabet'
"""


class Flow(ABC):
    """One play of a flow by one new customer.

    strikes: how many faults there are in this play. nudges: how often the customer had to do something twice.
    refused: Telegram says that this customer blocked the bot; what was to be said then need not be said, and a word
    of theirs shows where things stand.
    """

    name: ClassVar[str]

    def __init__(self, world: World, number: int) -> None:
        """number: unique in this world. Nothing is played yet."""
        self.world, self.plan, self.slug = world, f"Casa {number}", f"casa-{number}"
        # A plan for each play: so nobody else's channel gets this play's picks.
        world.rows(_NEW_PLAN, self.slug, self.plan)
        # And accounts that meet the bots for the first time in each.
        world.rows("DELETE FROM account_bots")
        self.person: Person = world.person(f"Cliente {number}", username=f"cliente_{number}")
        self.nudges = 0
        self.refused = False
        self.strikes = 0

    @abstractmethod
    def prelude(self) -> None:
        """What has to be before the play, and is not struck. Raises AssertionError where it gets stuck."""

    @abstractmethod
    def play(self) -> None:
        """What the customer does, to the end. Raises AssertionError where the flow gets stuck."""

    @abstractmethod
    def owed(self) -> list[str]:
        """What should follow and has not happened yet."""

    @abstractmethod
    def broken(self) -> list[str]:
        """The promises that do not hold, now that all is settled."""

    def finish(self) -> None:
        """Wait until nothing is under way any more."""
        end = time.monotonic() + SETTLE_SECONDS
        while left := self._left():
            if time.monotonic() > end:
                raise NeverHappened(f"not settled after {SETTLE_SECONDS:.0f} s; left: {', '.join(left)}")
            # Many small questions of many plays at once would take the time that the product needs.
            time.sleep(0.3)

    def _left(self) -> list[str]:
        if not self.world.all_alive():
            return ["a process is not up"]
        try:
            return [*self.owed(), *(f"{count} {what}" for what, count in invariants.under_way(self.world).items())]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return ["PostgreSQL is not up"]

    def said_range(self) -> tuple[int, int]:
        """How often a message may stand in the chat: one more for each fault that may have struck just it."""
        return (0 if self.refused else 1), 1 + max(self.strikes, 1)

    def until(self, act: Callable[[], object], look: Callable[[], T | None], what: str) -> T:
        """Do something and wait for what should come of it; do it again when nothing does, as people do."""
        for last in range(TRIES):
            act()
            try:
                return eventually(look, f"{what}; chat: {self.person.tail()}", PATIENCE_SECONDS)
            except NeverHappened:
                if last == TRIES - 1:
                    raise
                self.nudges += 1
        raise AssertionError("unreachable")

    def press(self, message: dict[str, Any], button: str) -> Callable[[], object]:
        """Press a button of a message, if it is still there."""

        def act() -> object:
            now = next((m for m in self.person.messages() if m["id"] == message["id"]), None)
            texts = [item["text"] for row in (now or message)["buttons"] for item in row]
            return self.person.press(message, button) if any(button in text for text in texts) else None

        return act
