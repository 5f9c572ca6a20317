"""The demo, run as a new user runs it, and the people in it, driven through the control interface."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx

from tests.support.cluster import furnish
from tests.support.fork_clients import ForkClient
from tests.support.plain_http import SHORT_LIVED
from tests.support.planted import leaks_of
from umbral.demo.child_process import ChildProcess, Started

T = TypeVar("T")
Chat = list[dict[str, Any]]

START_SECONDS, STOP_SECONDS = 300.0, 180.0
EVENTUALLY_SECONDS, ANSWER_SECONDS = 180.0, 90.0
"""Timeouts in seconds for effects that normally take a few seconds; a busy machine is slower."""
LOOK_SECONDS = 0.1
NEWS_SECONDS = 2.0
"""Maximum seconds to wait for new messages before a chat is read again."""
FORMERLY = "Acepto y tengo 18 años"
"""Label of the button on the separate screen for the terms in an earlier version, from which an upgrade test starts."""


class NeverHappened(AssertionError):
    """Raised if a condition did not become true in time."""


def eventually(look: Callable[[], T | None], what: str | Callable[[], str], seconds: float = EVENTUALLY_SECONDS) -> T:
    """Return the first truthy result of `look`. Raises NeverHappened after `seconds`.

    what: description of the condition, or a function that describes the final state.
    """
    end = time.monotonic() + seconds
    while True:
        # Read the clock before looking, so that a process suspended between the two looks once more.
        late = time.monotonic() > end
        if found := look():
            return found
        if late:
            raise NeverHappened(f"not within {seconds:.0f} s: {what if isinstance(what, str) else what()}")
        time.sleep(LOOK_SECONDS)


@dataclass
class Demo:
    """One demo in one folder. It can be killed and restarted, and ends with this process.

    fork_client: fork server from which the demo's processes are forked with all modules loaded; without a fork server,
    each process loads its own modules.
    """

    folder: Path
    options: tuple[str, ...] = ()
    fork_client: ForkClient | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    _process: Started | None = None
    _http: httpx.Client | None = None

    @property
    def ready_file(self) -> Path:
        """Path of the file that the demo writes when it is ready."""
        return self.folder / "ready.json"

    def start(self) -> float:
        """Start the demo, wait until it is ready, and return the duration in seconds."""
        self.stop()
        self.ready_file.unlink(missing_ok=True)
        began, self._process = time.monotonic(), self._started()
        eventually(lambda: self._ready_or_dead() or None, "the demo is ready", START_SECONDS)
        taken = time.monotonic() - began
        self.facts = json.loads(self.ready_file.read_text())
        url, patient = self.facts["sandbox"], ANSWER_SECONDS
        self._http = httpx.Client(base_url=url, timeout=patient, trust_env=False, limits=SHORT_LIVED)
        return taken

    def _started(self) -> Started:
        where = ["--no-browser", f"--data-dir={self.folder / 'data'}", f"--ready-file={self.ready_file}"]
        words, log = [*where, *self.options], self.folder / "demo.log"
        if self.fork_client is None:
            return ChildProcess([sys.executable, "-m", "umbral", "demo", *words], log=log)
        forked = [sys.executable, "-m", "tests.support.forked_demo", str(self.fork_client.address)]
        return self.fork_client.start([*forked, *words], log=log)

    def _ready_or_dead(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the demo ended:\n{self.words()}"
        return self.ready_file.exists()

    def stop(self) -> None:
        """Stop the demo with SIGINT, as Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send(signal.SIGINT)
            self._process.wait(STOP_SECONDS)
        if self._http is not None:
            self._http.close()

    def kill(self, *names: str) -> None:
        """Send SIGKILL to the processes with these names in the ready file, or to all processes if no name is given."""
        pids: Mapping[str, int] = json.loads(self.ready_file.read_text())["pids"]
        # The supervisor first, because it would restart the others.
        for name in names or sorted(pids, key=lambda name: name != "supervisor"):
            with suppress(ProcessLookupError):
                os.kill(pids[name], signal.SIGKILL)
        if not names and self._process is not None:
            self._process.wait(STOP_SECONDS)

    def words(self) -> str:
        """Return the last lines of the logs of the demo and of its processes."""
        logs = [self.folder / "demo.log", *sorted((self.folder / "data" / "log").glob("*"))]
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs if log.is_file())

    def sql(self, statement: str) -> Any:
        """Run a statement in the demo's database and return its first value."""

        async def run() -> Any:
            connection = await asyncpg.connect(self.facts["database_url"])
            try:
                return await connection.fetchval(statement)
            finally:
                await connection.close()

        return asyncio.run(run())

    def get(self, path: str, **params: Any) -> Any:
        """Send a GET request to the control interface."""
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> Any:
        """Send a POST request to the control interface."""
        return self.call("POST", path, json=body if body is not None else {})

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the control interface and return the response's JSON. Asserts that the call succeeds."""
        assert self._http is not None
        answer = self._http.request(method, f"/control{path}", **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """Replace the faults that the sandbox currently simulates."""
        self.call("PUT", "/faults", json=list(faults))

    def person(self, first_name: str = "Ana", **more: Any) -> Person:
        """Create a person with a Telegram account.

        more: further fields of the person in the control interface.
        """
        return Person(self, int(self.post("/users", {"first_name": first_name, **more})["id"]))

    def channels(self) -> list[dict[str, Any]]:
        """Return all channels except the VIP channel, which exists from the beginning."""
        found: list[dict[str, Any]] = self.get("/channels")["channels"]
        return [channel for channel in found if channel["id"] != self.facts.get("vip_channel_id")]

    def channel_of(self, person: Person) -> dict[str, Any] | None:
        """Return the first channel, other than the VIP channel, that a person is a member of, or None."""
        return next((c for c in self.channels() if any(m["id"] == person.id for m in c["members"])), None)

    def checkout_of(self, url: str) -> dict[str, Any]:
        """Return the hosted checkout at a URL."""
        found: dict[str, Any] = next(c for c in self.get("/checkouts")["checkouts"] if c["url"] == url)
        return found

    def pay(self, url: str, **how: Any) -> None:
        """Pay at a hosted checkout."""
        self.post(f"/checkouts/{self.checkout_of(url)['id']}/pay", how)

    def pick(self, key: str, body: Mapping[str, Any], method: str = "POST") -> httpx.Response:
        """Call the API of posts as an operator's program does: create a post (`POST`), or edit or withdraw the post
        with this key (`PUT`, `DELETE`).
        """
        path = "/api/picks" if method == "POST" else f"/api/picks/{key}"
        headers = {"Authorization": f"Bearer {self.facts['picks_api_key']}"}
        if method == "POST":
            headers["Idempotency-Key"] = key
        how: dict[str, Any] = {"headers": headers, "timeout": ANSWER_SECONDS, "trust_env": False}
        return httpx.request(method, self.facts["web"] + path, json=body or None, **how)


@dataclass(frozen=True)
class Person:
    """A person with a Telegram account."""

    demo: Demo
    id: int

    @property
    def bot(self) -> str:
        """Username of the bot that the person talks with."""
        return str(self.demo.facts["bot_username"])

    def send(self, text: str) -> None:
        """Send a message to the bot."""
        self.demo.post(f"/users/{self.id}/send", {"to": self.bot, "text": text})

    def messages(self, peer: str | int | None = None, after: int = 0, wait_s: float = 0) -> Chat:
        """Return the messages of a chat, oldest first. wait_s: maximum seconds to wait for the first message."""
        chat = self.demo.get(f"/users/{self.id}/chat/{peer or self.bot}", after=after, wait_s=wait_s)
        return list(chat["messages"])

    def received(self, text: str, *, button: str | None = None, after: int = 0) -> dict[str, Any]:
        """Wait for a message of the bot that contains the text and has the button, and return the newest one."""
        return self._wait_for_message(lambda chat: _newest(chat, text, button), lambda: f"{text}: {self.tail()}", after)

    def _wait_for_message(
        self, look: Callable[[Chat], dict[str, Any] | None], what: Callable[[], str], after: int
    ) -> dict[str, Any]:
        """Wait until `look` finds a message in the chat, and return that message."""

        def once() -> dict[str, Any] | None:
            chat = self.messages(after=after)
            found = look(chat)
            if found is None:
                self.messages(after=max((message["seq"] for message in chat), default=after), wait_s=NEWS_SECONDS)
            return found

        return eventually(once, what)

    def sees(self, text: str, *, button: str | None = None, after: int = 0) -> dict[str, Any] | None:
        """Return the bot's newest message that currently contains the text and has the button, or None."""
        return _newest(self.messages(after=after), text, button)

    def tail(self) -> list[str]:
        """Return the last messages of the chat, for use in an assertion's message."""
        return [f"{m['text'][:80]} {[b['text'] for row in m['buttons'] for b in row]}" for m in self.messages()[-4:]]

    def press(self, message: Mapping[str, Any], button: str) -> dict[str, Any]:
        """Press a button of a message."""
        answer: dict[str, Any] = self.demo.post(
            f"/users/{self.id}/press", {"peer": self.bot, "message_id": message["id"], "button": button}
        )
        return answer

    def open(self, url: str) -> dict[str, Any]:
        """Open a t.me link."""
        answer: dict[str, Any] = self.demo.post(f"/users/{self.id}/open", {"url": url})
        return answer

    def checkout(self, plan: str = "Retabet", method: str = "Tarjeta") -> str:
        """Proceed from /start to the hosted checkout as a new customer, and return the checkout's URL."""
        self.send("/start")
        self.press(self.received("", button="Ver Planes"), "Ver Planes")
        self.press(self.received("Elige una casa de apuestas", button=plan), plan)
        card = self.received(f"Plan {plan}", button="Suscribirse")
        return self.chosen(card, method)

    def chosen(self, card: Mapping[str, Any], method: str = "Tarjeta") -> str:
        """Proceed from a plan's card to the hosted checkout, by the method's own button or else by «Suscribirse», and
        return the checkout's URL.
        """
        self.press(card, method if find(card, method) else "Suscribirse")
        return self.checkout_url(method, after=card["seq"])

    def checkout_url(self, method: str = "Tarjeta", *, after: int = 0) -> str:
        """Wait for the pay button, choosing the method if there are several, and return the button's URL."""
        pay = self.ready_to_pay(method, after=after)
        return str(self.press(pay, "Ir a pago seguro")["value"])

    def ready_to_pay(self, method: str = "Tarjeta", *, after: int = 0) -> dict[str, Any]:
        """Return the message with the pay button, choosing the method if necessary; see `checkout_url`."""

        def offered(chat: Chat) -> dict[str, Any] | None:
            links = (_newest(chat, "", button) for button in ("Ir a pago seguro", method, FORMERLY))
            return next((way for way in links if way), None)

        found = self._wait_for_message(offered, lambda: f"something to pay by; chat: {self.tail()}", after)
        if find(found, FORMERLY):
            self.press(found, FORMERLY)
            return self.ready_to_pay(method, after=found["seq"])
        if find(found, "Ir a pago seguro"):
            return found
        self.press(found, method)
        return self.received("", button="Ir a pago seguro", after=found["seq"])

    def invited(self, plan: str = "Retabet") -> str:
        """Wait for the invite link and return the link's URL."""
        ready = self.received("Tu canal exclusivo está listo", button=f"Unirte al canal {plan}")
        return str(self.press(ready, f"Unirte al canal {plan}")["value"])

    def join(self, url: str) -> dict[str, Any]:
        """Send a join request, wait until the person is a member, and return the channel."""
        assert self.open(url)["result"] == "requested"
        return eventually(lambda: self.demo.channel_of(self), f"{self.id} is inside; chat: {self.tail()}")

    def buy(self, plan: str = "Retabet", method: str = "Tarjeta") -> dict[str, Any]:
        """Buy a plan from /start to the entry into the channel, wait for the confirmation, and return the channel."""
        self.demo.pay(self.checkout(plan, method))
        channel = self.join(self.invited(plan))
        # Telegram admits the person first; the confirmation shows that the entry is recorded.
        self.received("Ya estás dentro")
        return channel


def _newest(chat: Chat, text: str, button: str | None) -> dict[str, Any] | None:
    """Return the bot's newest message with this text and button, or None."""
    for message in reversed(chat):
        if message["from"]["is_bot"] and text in message["text"] and (not button or find(message, button)):
            return message
    return None


def find(message: Mapping[str, Any], button: str) -> dict[str, Any] | None:
    """Return the button of a message whose label contains the given text, or None."""
    buttons: Iterator[dict[str, Any]] = (item for row in message["buttons"] for item in row)
    return next((item for item in buttons if button in item["text"]), None)


@contextmanager
def running_demo(folder: Path, *options: str, fork_client: ForkClient | None = None) -> Iterator[Demo]:
    """Run a demo while the block runs. fork_client: see `Demo`; the fork server also provides a database with all
    tables.

    At the end, assert that the demo's logs, errors and metrics contain no secret.
    """
    demo = Demo(folder, options, fork_client)
    try:
        if fork_client is not None:
            furnish(folder / "data" / "postgres", fork_client.address.with_name("cluster"))
        demo.start()
        yield demo
        assert leaks_of(folder / "data", demo.facts) == []
    finally:
        demo.stop()
