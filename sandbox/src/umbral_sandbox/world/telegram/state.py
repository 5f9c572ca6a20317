"""Stored objects of the simulated Telegram, such as people, bots, channels and messages, without Telegram's rules."""

from collections.abc import Iterable

from umbral_sandbox.world.clock import WorldClock
from umbral_sandbox.world.ids import Ids
from umbral_sandbox.world.store import Store
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import (
    AuthKey,
    Bot,
    Callback,
    LoginCode,
    Message,
    Person,
    PrivateChat,
    Update,
)
from umbral_sandbox.world.telegram.star_records import Invoice, PreCheckout, StarPayment, StarSubscription


class State:
    """Stored objects of the simulated Telegram, with the clock and the source of ids. Other modules apply the rules."""

    def __init__(self, store: Store, clock: WorldClock, ids: Ids) -> None:
        self.clock = clock
        self.ids = ids
        self.people = store.collection("people", Person)
        self.bots = store.collection("bots", Bot)
        self.codes = store.collection("login_codes", LoginCode)
        self.keys = store.collection("auth_keys", AuthKey)
        self.chats = store.collection("private_chats", PrivateChat)
        self.channels = store.collection("channels", Channel)
        self.callbacks = store.collection("callbacks", Callback)
        self.updates = store.collection("updates", Update)
        self.invoices = store.collection("invoice_links", Invoice)
        self.checkouts = store.collection("pre_checkouts", PreCheckout)
        self.star_payments = store.collection("star_payments", StarPayment)
        self.star_subscriptions = store.collection("star_subscriptions", StarSubscription)
        self.message_rows = store.collection("messages", Message)
        self._messages: dict[str, dict[int, Message]] = {}
        for message in sorted(self.message_rows.values(), key=lambda each: (each.chat, each.id)):
            self._messages.setdefault(message.chat, {})[message.id] = message

    def messages(self, chat: str) -> Iterable[Message]:
        """Return the messages of a chat, oldest first."""
        return list(self._messages.get(chat, {}).values())

    def count_messages(self, chat: str) -> int:
        """Return the number of messages in a chat."""
        return len(self._messages.get(chat, {}))

    def message(self, chat: str, message_id: int) -> Message | None:
        """Return one message, or None."""
        return self._messages.get(chat, {}).get(message_id)

    def next_seq(self, chat: str) -> int:
        """Return the next ``seq`` of a chat, a number that grows with each new message and each edit."""
        return self.ids.next(f"seq/{chat}")

    def keep(self, message: Message) -> Message:
        """Store a new or changed message."""
        self._messages.setdefault(message.chat, {})[message.id] = message
        return self.message_rows.put(f"{message.chat}/{message.id}", message)

    def forget(self, message: Message) -> None:
        """Delete a message."""
        self._messages.get(message.chat, {}).pop(message.id, None)
        self.message_rows.delete(f"{message.chat}/{message.id}")

    def reset(self) -> None:
        """Empty the in-memory index of messages after the store was emptied."""
        self._messages.clear()
