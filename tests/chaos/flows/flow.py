"""What every flow has: somebody to play it, a plan of their own to buy, and a patient way of going on."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from tests.chaos import invariants, operator
from tests.chaos.world import DATABASE_AWAY, World
from tests.support.demo import NeverHappened, Person

T = TypeVar("T")

QUIET_SECONDS = 3.0
"""How long nothing at all has to be under way before people press once more; each time as much longer."""
PATIENCE_SECONDS = 180.0
"""How long they go on altogether; what only keeps the machine busy does not count."""
ACCOUNT_REST = timedelta(minutes=45)
"""A little longer than the product leaves an account alone that Telegram restricts."""
UNTOLD_REST = timedelta(hours=4)
"""A little longer than it takes the product to ask the provider itself."""
STALLED_SECONDS = 180.0
"""How long the same may be left over at the end of a play."""
BUSY_SECONDS = 75.0
"""How long they wait while something is under way before they press once more all the same."""
AGAIN = "Intentar de nuevo"
"""On the button of a message that says that somebody else had a bad moment."""
_LOOK_SECONDS, _SELDOM_SECONDS = 0.05, 0.5
"""Between two looks, at first and at last: many small questions would take the time that the product needs."""

_NEW_PLAN = """
WITH old AS (UPDATE service_plans SET active = false WHERE active AND soft_id <> $1),
made AS (
    INSERT INTO service_plans
    SELECT (jsonb_populate_record(plan, jsonb_build_object(
        'id', gen_random_uuid(), 'soft_id', $1::text, 'name', $2::text, 'active', true))).*
    FROM service_plans AS plan WHERE soft_id = $3 RETURNING id
)
INSERT INTO plan_payment_prices
SELECT made.id, price.provider, price.external_price_id FROM made, plan_payment_prices AS price
JOIN service_plans AS plan ON plan.id = price.plan_id WHERE plan.soft_id = $3
"""


class Flow(ABC):
    """One play of a flow by one new customer.

    sample: the plan of the demo that the customer's own is made like. people: whose calls are steps of the flow, by
    their Telegram ids.
    strikes: how many faults there are in this play. nudges: how often the customer had to do something twice.
    account_trouble: Telegram does something to an account of ours; the operator hears of it, and it may take an hour.
    untold: no webhook comes before all is over.
    refused: Telegram says that this customer blocked the bot; what was to be said then need not be said, and a word
    of theirs shows where things stand.
    """

    name: ClassVar[str]
    sample: ClassVar[str] = "retabet"

    def __init__(self, world: World, number: int) -> None:
        """number: unique in this world. Nothing is played yet."""
        self.world, self.plan, self.slug = world, f"Casa {number}", f"casa-{number}"
        world.hear()
        # A plan for each play: so nobody else's channel gets this play's picks.
        world.rows(_NEW_PLAN, self.slug, self.plan, self.sample)
        # And accounts that meet the bots for the first time in each.
        world.rows("DELETE FROM account_bots")
        operator.rest_is_over(world)
        self.person: Person = world.person(f"Cliente {number}", username=f"cliente_{number}")
        self.people: tuple[int, ...] = (self.person.id,)
        self.nudges = 0
        self.refused = False
        self.account_trouble = self.untold = False
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

    def hear_at_last(self) -> None:
        """What was lost all the time arrives, when all is over."""
        if self.untold:
            self.untold = False
            self.world.hear()
            for one in self.world.get("/deliveries")["deliveries"]:
                if one["state"] == "waiting":
                    self.world.post(f"/deliveries/{one['id']}/again")

    def finish(self) -> None:
        """Wait until nothing is owed and nothing is under way any more."""
        self._wait_out(lambda: [*self.owed(), *self._at_work()])

    def let_time_pass(self, **by: int) -> None:
        """Move the clock; not while something is under way, which nobody would leave lying for so long."""
        self._wait_out(self._at_work)
        self.world.post("/clock/advance", by)

    def _wait_out(self, ask: Callable[[], list[str]]) -> None:
        since, before = time.monotonic(), self._left(ask)
        while before:
            time.sleep(_SELDOM_SECONDS)
            now = self._left(ask)
            if now != before:
                since, before = time.monotonic(), now
            elif time.monotonic() - since > STALLED_SECONDS:
                raise NeverHappened(f"not settled: for {STALLED_SECONDS:.0f} s there is left: {', '.join(now)}")

    def _left(self, ask: Callable[[], list[str]]) -> list[str]:
        if not self.world.all_alive():
            return ["a process is not up"]
        try:
            return ask()
        except DATABASE_AWAY:
            return ["PostgreSQL is not up"]

    def _at_work(self) -> list[str]:
        if self.account_trouble:
            operator.sign_in_again(self.world)
        return self._under_way(ACCOUNT_REST if self.account_trouble else invariants.SOON)

    def _under_way(self, within: timedelta = invariants.SOON) -> list[str]:
        left = invariants.under_way(self.world, within, posted=not self.untold)
        return [f"{count} {what}" for what, count in left.items()]

    def _busy(self) -> bool:
        try:
            return not self.world.all_alive() or bool(self._under_way())
        except DATABASE_AWAY:
            return True

    def last(self) -> int:
        """The newest `seq` of the customer's chat; 0 for an empty one."""
        return max((message["seq"] for message in self.person.messages()), default=0)

    def said_range(self) -> tuple[int, int]:
        """How often a message may stand in the chat: one more for each fault that may have struck just it."""
        return (0 if self.refused else 1), 1 + max(self.strikes, 1)

    def until(
        self, act: Callable[[], object], look: Callable[[], T | None], what: str, quiet: float = QUIET_SECONDS
    ) -> T:
        """Do something and wait for what should come of it; do it again when nothing does, as people do.

        quiet: seconds in which nothing happens, before the second try.
        """
        left, pause = PATIENCE_SECONDS, quiet
        while True:
            act()
            found = self._watch(look, pause)
            if found:
                return found
            left -= pause
            if left <= 0:
                raise NeverHappened(f"{what}; chat: {self.person.tail()}")
            self.nudges += 1
            pause += quiet
            if self.account_trouble:
                operator.sign_in_again(self.world)
            if self.account_trouble or self.untold:
                invariants.skip_to_what_is_due(self.world, UNTOLD_REST if self.untold else ACCOUNT_REST)

    def _watch(self, look: Callable[[], T | None], quiet: float) -> T | None:
        """What is looked for; None when nothing has been under way for so long."""
        last_busy = began = time.monotonic()
        pause = _LOOK_SECONDS
        while not (found := _seen(look)):
            if pause >= _SELDOM_SECONDS and self._busy():
                last_busy = time.monotonic()
            if time.monotonic() - last_busy > quiet or time.monotonic() - began > BUSY_SECONDS:
                return None
            time.sleep(pause)
            pause = min(pause * 1.2, _SELDOM_SECONDS)
        return found

    def press(self, message: dict[str, Any], button: str, by: Person | None = None) -> Callable[[], object]:
        """Press a button of a message while it is there, or the one that offers to try again in its place.

        by: whose chat it is in; the customer's.
        """
        who = by or self.person

        def offered() -> str | None:
            now = next((m for m in who.messages() if m["id"] == message["id"]), None)
            texts = [item["text"] for row in (now or message)["buttons"] for item in row]
            return next((one for one in (button, AGAIN) if any(one in text for text in texts)), None)

        def act() -> object:
            there = offered()
            try:
                return who.press(message, there) if there else None
            except AssertionError:
                # Between the look and the press the bot took it away: what was pressed before has been answered.
                if offered() == there:
                    raise
                return None

        return act


def wait() -> None:
    """Nobody has to do anything."""


def _seen(look: Callable[[], T | None]) -> T | None:
    """Nothing is seen while the database, where some things are looked up, is away."""
    try:
        return look()
    except DATABASE_AWAY:
        return None
