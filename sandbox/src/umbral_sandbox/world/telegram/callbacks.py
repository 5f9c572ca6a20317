"""Presses of callback buttons, and the bots' answers to them."""

from datetime import timedelta
from typing import Final

from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Callback, Content, Message
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.updates import Updates
from umbral_sandbox.world.telegram.views import Views, user_view

#: Time that a bot has to answer a press.
ANSWERABLE: Final = timedelta(seconds=60)


class Callbacks:
    """Presses of callback buttons, until they are answered or too old."""

    def __init__(self, state: State, people: People, views: Views, updates: Updates) -> None:
        self._state = state
        self._people = people
        self._views = views
        self._updates = updates

    def press(self, person_id: int, message: Message, data: str) -> Callback:
        """Press a callback button of ``message`` as a person; the sender of the message, a bot, receives an update."""
        person = self._people.living(person_id)
        self._people.bot(message.sender)
        self._forget_old()
        callback = Callback(
            id=str(self._state.ids.derive("callback", self._state.ids.next("callback")) & (2**63 - 1)),
            bot=message.sender,
            person=person_id,
            chat=message.chat,
            message_id=message.id,
            data=data,
            at=self._state.clock.now(),
        )
        self._state.callbacks.put(callback.id, callback)
        channel = self._state.channels.get(int(message.chat[1:])) if message.chat.startswith("c") else None
        shown = (
            self._views.channel_post(message, channel)
            if channel is not None
            else self._views.private_message(message, person)
        )
        body: Content = {
            "id": callback.id,
            "from": user_view(person),
            "message": shown,
            "chat_instance": str(self._state.ids.derive("chat-instance", message.chat)),
            "data": data,
        }
        self._updates.push(message.sender, "callback_query", body)
        return callback

    def answer(
        self, bot_id: int, callback_id: str, *, text: str | None = None, alert: bool = False, url: str | None = None
    ) -> None:
        """Answer a press as a bot. Raises Refused (QUERY_ID_INVALID) if the press is another bot's,
        unknown or too old.
        """
        callback = self._state.callbacks.get(callback_id)
        if callback is None or callback.bot != bot_id or self._too_old(callback):
            raise bad("QUERY_ID_INVALID")
        if callback.answered:
            return
        callback.answered, callback.text, callback.alert, callback.url = True, text, alert, url
        self._state.callbacks.put(callback_id, callback)

    def find(self, callback_id: str) -> Callback | None:
        """Return the press with this id, or None once the press is no longer stored."""
        return self._state.callbacks.get(callback_id)

    def _too_old(self, callback: Callback) -> bool:
        return self._state.clock.now() - callback.at > ANSWERABLE

    def _forget_old(self) -> None:
        for callback in list(self._state.callbacks.values()):
            if self._too_old(callback):
                self._state.callbacks.delete(callback.id)
