"""Buy one subscription in the running containers as a customer would, through the sandbox's control interface only.

`buy.py FOLDER [USERNAME]`: the volume that the containers share, and the customer. Prints the channel that the customer
has joined; ends with a traceback if a step does not complete in time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

PLAN = "Retabet"
USERNAME = "ana_contenedor"
PATIENCE_SECONDS = 180.0
LOOK_SECONDS = 0.2


class Buyer:
    """A new customer who has Telegram and a valid card."""

    def __init__(self, sandbox: str, bot: str, username: str = USERNAME) -> None:
        """Create the customer's account in the sandbox.

        sandbox: URL of the sandbox.
        bot: username of the bot that sells.
        """
        self._sandbox, self._bot = sandbox, bot
        self.id = int(self._call("/users", {"first_name": "Ana", "username": username})["id"])

    def buy(self) -> dict[str, Any]:
        """Buy a subscription, from /start to the entry into the channel, and return the channel."""
        self._call(f"/users/{self.id}/send", {"to": self._bot, "text": "/start"})
        for button in ("Ver Planes", PLAN, "Suscribirse"):
            self._press(button)
        self._pay(self._press("Ir a pago seguro")["value"])
        invite = self._press(f"Unirte al canal {PLAN}")["value"]
        asked = self._call(f"/users/{self.id}/open", {"url": invite})
        if asked["result"] != "requested":
            raise RuntimeError(f"the invite led to {asked}")
        channel = self._eventually(self._channel, "inside the channel")
        self._eventually(lambda: self._read("Ya estás dentro"), "told of being inside")
        return channel

    def _press(self, button: str) -> dict[str, Any]:
        message = self._eventually(lambda: self._with(button), f"a button {button}")
        press = {"peer": self._bot, "message_id": message["id"], "button": _text(message, button)}
        return self._call(f"/users/{self.id}/press", press)

    def _pay(self, url: str) -> None:
        checkouts = self._call("/checkouts")["checkouts"]
        checkout = next(each for each in checkouts if each["url"] == url)
        self._call(f"/checkouts/{checkout['id']}/pay", {})

    def _with(self, button: str) -> dict[str, Any] | None:
        return next((message for message in self._chat() if _text(message, button)), None)

    def _read(self, text: str) -> bool:
        return any(text in message["text"] for message in self._chat())

    def _chat(self) -> list[dict[str, Any]]:
        """Return the messages of the chat with the bot, newest first."""
        messages: list[dict[str, Any]] = self._call(f"/users/{self.id}/chat/{self._bot}")["messages"]
        return messages[::-1]

    def _channel(self) -> dict[str, Any] | None:
        channels: list[dict[str, Any]] = self._call("/channels")["channels"]
        return next((each for each in channels if any(m["id"] == self.id for m in each["members"])), None)

    def _call(self, path: str, body: object = None) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self._sandbox).netloc, timeout=90)
        try:
            content, kind = json.dumps(body), {"Content-Type": "application/json"}
            connection.request("GET" if body is None else "POST", f"/control{path}", content, kind)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {text}")
        found: dict[str, Any] = json.loads(text)
        return found

    def _eventually(self, look: Callable[[], T | None], what: str) -> T:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {PATIENCE_SECONDS:.0f} s: {what}; the chat: {self._chat()[:3]}")
            time.sleep(LOOK_SECONDS)
        return found


def _text(message: dict[str, Any], button: str) -> str | None:
    """Return the whole text of the message's button that contains the given text, or None if there is none."""
    return next((each["text"] for row in message["buttons"] for each in row if button in each["text"]), None)


def main(folder: Path, username: str = USERNAME) -> None:
    """Buy a subscription, and print the channel that the customer has joined.

    folder: volume that the containers share.
    """
    sandbox = json.loads((folder / "sandbox.ready").read_text())["sandbox"]
    bot = json.loads((folder / "participants.json").read_text())["bots"][0]["username"]
    buyer = Buyer(sandbox, bot, username)
    channel = buyer.buy()
    sys.stdout.write(f"customer {buyer.id} is inside {channel['id']}, {channel['title']}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
