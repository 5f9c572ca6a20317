"""Base of every flow: a customer, a plan to buy, and patient repetition of actions."""

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
"""Seconds without any work in progress before people press a button again. Each repetition waits that much longer."""
PATIENCE_SECONDS = 180.0
"""Seconds after which people give up. Time in which only the machine is busy does not count."""
ACCOUNT_REST = timedelta(minutes=45)
"""Slightly longer than the period in which the product does not use an account restricted by Telegram."""
UNREPORTED_REST = timedelta(hours=4)
"""Slightly longer than the period after which the product fetches payments that no webhook reported."""
STALLED_SECONDS = 180.0
"""Maximum seconds for which the same work may remain unfinished at the end of a run."""
BUSY_SECONDS = 75.0
"""Seconds that people wait while work is in progress before they press a button again."""
AGAIN = "Intentar de nuevo"
"""Label of the retry button in a message about a failure at another service."""
_LOOK_SECONDS, _SELDOM_SECONDS = 0.05, 0.5
"""Shortest and longest interval between two checks, in seconds. Frequent queries would slow down the product."""

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
    """One run of a flow by one new customer.

    sample: demo plan that the customer's own plan copies. people: Telegram ids of the people whose calls are steps of
    the flow.

    strikes: number of faults injected in this run. nudges: number of times the customer had to repeat an action.

    account_trouble: True if Telegram restricts one of our accounts; the operator is notified, and recovery may take an
    hour. unreported: True if no webhook arrives before the end of the run. refused: True if Telegram reports that this
    customer blocked the bot; messages that the bot would have sent meanwhile may be missing, because the customer sees
    the current status by writing to the bot.
    """

    name: ClassVar[str]
    sample: ClassVar[str] = "retabet"

    def __init__(self, world: World, number: int) -> None:
        """Prepare the run without starting it. number: unique number of the run in this world."""
        self.world, self.plan, self.slug = world, f"Casa {number}", f"casa-{number}"
        world.deliver_webhooks()
        # A separate plan for each play, so that the channels of other plays do not get this play's posts.
        world.rows(_NEW_PLAN, self.slug, self.plan, self.sample)
        # The accounts resolve the bots again in each play.
        world.rows("DELETE FROM account_bots")
        operator.rest_is_over(world)
        self.person: Person = world.person(f"Cliente {number}", username=f"cliente_{number}")
        self.people: tuple[int, ...] = (self.person.id,)
        self.nudges = 0
        self.refused = False
        self.account_trouble = self.unreported = False
        self.strikes = 0

    @abstractmethod
    def prelude(self) -> None:
        """Prepare the customer for the flow, without faults. Raises AssertionError if the flow gets stuck."""

    @abstractmethod
    def play(self) -> None:
        """Perform the customer's actions until the flow is complete. Raises AssertionError if the flow gets stuck."""

    @abstractmethod
    def owed(self) -> list[str]:
        """Return the effects that are still missing."""

    @abstractmethod
    def broken(self) -> list[str]:
        """Return the guarantees that are violated when all work is done."""

    def deliver_dropped(self) -> None:
        """Deliver the dropped webhooks at the end of the run."""
        if self.unreported:
            self.unreported = False
            self.world.deliver_webhooks()
            for one in self.world.get("/deliveries")["deliveries"]:
                if one["state"] == "waiting":
                    self.world.post(f"/deliveries/{one['id']}/again")

    def finish(self) -> None:
        """Wait until no effect is missing and no work is in progress."""
        self._wait_out(lambda: [*self.owed(), *self._at_work()])

    def let_time_pass(self, **by: int) -> None:
        """Advance the clock once no work is in progress, because in reality work never waits that long."""
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
        left = invariants.under_way(self.world, within, posted=not self.unreported)
        return [f"{count} {what}" for what, count in left.items()]

    def _busy(self) -> bool:
        try:
            return not self.world.all_alive() or bool(self._under_way())
        except DATABASE_AWAY:
            return True

    def last(self) -> int:
        """Return the newest `seq` of the customer's chat; 0 for an empty chat."""
        return max((message["seq"] for message in self.person.messages()), default=0)

    def said_range(self) -> tuple[int, int]:
        """Return the minimum and maximum number of copies of a message that the customer may receive. The maximum is
        one higher for each fault that may have repeated the message.
        """
        return (0 if self.refused else 1), 1 + max(self.strikes, 1)

    def until(
        self, act: Callable[[], object], look: Callable[[], T | None], what: str, quiet: float = QUIET_SECONDS
    ) -> T:
        """Perform an action, wait for its effect, and return the effect. Repeat the action if no effect follows, as
        people do.

        look: function that returns the effect once there is one. what: description of the effect for the error message.
            quiet: seconds without any work in progress before the second attempt.

        Raises NeverHappened if no effect follows in time.
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
            if self.account_trouble or self.unreported:
                invariants.skip_to_what_is_due(self.world, UNREPORTED_REST if self.unreported else ACCOUNT_REST)

    def _watch(self, look: Callable[[], T | None], quiet: float) -> T | None:
        """Return the result of `look` as soon as it is truthy, or None if no work has been in progress for the given
        time.
        """
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
        """Return an action that presses a button of a message, or the retry button if an error message replaced the
        message.

        by: person whose chat contains the message; the customer by default.
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
                # The bot removed the message after it was read: the earlier press has been answered.
                if offered() == there:
                    raise
                return None

        return act


def wait() -> None:
    """Do nothing. Used as the action of a step that happens automatically."""


def _seen(look: Callable[[], T | None]) -> T | None:
    """Return the result of `look`, or None while the database is unavailable."""
    try:
        return look()
    except DATABASE_AWAY:
        return None
