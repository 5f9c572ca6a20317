"""Payment side of one world: its webhook deliveries, and the simulator of every provider that is registered by an entry
point.
"""

import logging
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Final
from weakref import WeakKeyDictionary

from fastapi import APIRouter

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.simulator import Simulator
from umbral_sandbox.payments.webhooks import delivery_view
from umbral_sandbox.world.faults import CALL_FAULTS
from umbral_sandbox.world.world import World

GROUP: Final = "umbral.gateway_simulators"

log = logging.getLogger(__name__)


class Payments:
    """Payment providers of one world. The server uses ``routers``, and calls ``start`` and ``stop`` when the world
    opens and closes.

    Each entry point of the group ``umbral.gateway_simulators`` names a factory ``simulator(world, deliveries) ->
    Simulator``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries = Deliveries(world)
        self.simulators: dict[str, Simulator] = {}
        world.state_parts["deliveries"] = lambda: [
            delivery_view(each).model_dump(mode="json") for each in self.deliveries.all()
        ]
        for name, factory in _factories(tuple(sys.path)):
            try:
                simulator = factory(world, self.deliveries)
            # A third party's simulator that fails must not prevent the other providers from loading.
            except Exception as error:
                _leave_out(name, error)
                continue
            self.simulators[simulator.provider] = simulator
            world.wire.effects.setdefault(simulator.provider, CALL_FAULTS)
            world.on_tick(simulator.live)
            world.state_parts[simulator.provider] = simulator.state

    def routers(self) -> list[APIRouter]:
        """Return the API and the pages of every provider."""
        return [each.router() for each in self.simulators.values()]

    async def start(self) -> None:
        """Start to deliver webhooks."""
        await self.deliveries.start()

    async def stop(self) -> None:
        """Stop delivering; pending webhooks remain stored."""
        await self.deliveries.stop()


@cache
def _factories(_: tuple[str, ...]) -> list[tuple[str, Callable[[World, Deliveries], Simulator]]]:
    """Return the factories sorted by entry point, each with its name. A module that cannot be imported is logged and
    left out. The search is repeated only if the import path changed.
    """
    found = list[tuple[str, Callable[[World, Deliveries], Simulator]]]()
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            found.append((entry.name, entry.load()))
        except (Exception, SystemExit) as error:
            _leave_out(entry.name, error)
    return found


def _leave_out(name: str, error: BaseException) -> None:
    log.error("the simulator of the gateway %s is left out: %s: %s", name, type(error).__name__, error)


_known: WeakKeyDictionary[World, Payments] = WeakKeyDictionary()


def payments_of(world: World) -> Payments:
    """Return the payment providers of ``world``. They are created at the first call, because the world's collections
    can be opened only once.
    """
    if world not in _known:
        _known[world] = Payments(world)
    return _known[world]
