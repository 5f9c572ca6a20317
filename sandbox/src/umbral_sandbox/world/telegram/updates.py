"""Queues of updates, one per bot. An update stays in the queue until it is acknowledged."""

from typing import Final

from umbral_sandbox.world.telegram.records import Content, Update
from umbral_sandbox.world.telegram.state import State

#: Kinds that a bot receives only if it requests them by name.
ON_REQUEST: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_FIRST_UPDATE: Final = 700_000_000


class Updates:
    """Queueing and delivery of bots' updates."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._queues: dict[int, dict[int, Update]] = {}
        for update in sorted(state.updates.values(), key=lambda each: each.id):
            self._queues.setdefault(update.bot, {})[update.id] = update

    def push(self, bot_id: int, kind: str, body: Content) -> None:
        """Queue an update unless the bot did not request its kind. kind: name of the Update field that contains
        ``body``.
        """
        bot = self._state.bots.get(bot_id)
        if bot is None or not self._wanted(bot.allowed_updates, kind):
            return
        update_id = _FIRST_UPDATE + self._state.ids.next(f"update/{bot_id}")
        update = Update(bot=bot_id, id=update_id, kind=kind, body=body)
        self._queues.setdefault(bot_id, {})[update_id] = update
        self._state.updates.put(f"{bot_id}/{update_id}", update)

    def allow(self, bot_id: int, kinds: list[str] | None) -> None:
        """Store the kinds of updates that the bot requests. An empty list means all kinds except those in ON_REQUEST;
        None changes nothing.
        """
        bot = self._state.bots.get(bot_id)
        if bot is not None and kinds is not None and bot.allowed_updates != (kinds or None):
            bot.allowed_updates = kinds or None
            self._state.bots.put(bot_id, bot)

    def fetch(self, bot_id: int, offset: int = 0, limit: int = 100) -> list[Content]:
        """Return updates from ``offset`` on and acknowledge earlier updates; a negative offset counts from the end."""
        queue = self._queues.get(bot_id, {})
        first = offset
        if offset < 0:
            first = min(sorted(queue)[offset:], default=0)
        for update_id in [known for known in queue if known < first]:
            self.remove(bot_id, update_id)
        return [_view(update) for update in list(queue.values())[:limit]]

    def first(self, bot_id: int) -> Content | None:
        """Return the oldest update, for delivery by webhook, or None; the caller has to ``remove`` accepted updates."""
        return next(iter(self.fetch(bot_id, limit=1)), None)

    def remove(self, bot_id: int, update_id: int) -> None:
        """Acknowledge one update."""
        if self._queues.get(bot_id, {}).pop(update_id, None) is not None:
            self._state.updates.delete(f"{bot_id}/{update_id}")

    def drop(self, bot_id: int) -> None:
        """Delete all queued updates."""
        for update_id in list(self._queues.get(bot_id, {})):
            self.remove(bot_id, update_id)

    def count(self, bot_id: int) -> int:
        """Return the number of queued updates."""
        return len(self._queues.get(bot_id, {}))

    def reset(self) -> None:
        """Drop the queues after the store was emptied."""
        self._queues.clear()

    @staticmethod
    def _wanted(allowed: list[str] | None, kind: str) -> bool:
        return kind in allowed if allowed else kind not in ON_REQUEST


def _view(update: Update) -> Content:
    return {"update_id": update.id, update.kind: update.body}
