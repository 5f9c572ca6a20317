"""Delivery of a bot's updates, by long polling or webhook."""

from umbral_sandbox.bot_api.polling import Polling
from umbral_sandbox.bot_api.webhooks import Webhooks
from umbral_sandbox.world.world import World


class Updates:
    """Long polling and webhooks of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.polling = Polling(world)
        self.webhooks = Webhooks(world)

    def start(self) -> None:
        """Start the webhooks that were set before a restart."""
        for bot in self._world.telegram.people.all_bots():
            self.webhooks.begin(bot)

    async def stop(self) -> None:
        """Stop sending webhooks."""
        await self.webhooks.stop()
