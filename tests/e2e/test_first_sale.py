"""From nothing to a first paid sale, as a new operator goes: `umbral init` at a terminal, and eight answers typed."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.demo import Demo, Person, eventually
from tests.support.plain_http import SHORT_LIVED
from umbral.demo.loopback import free_port
from umbral.env_file import parse

pytestmark = pytest.mark.e2e

PHONE = "+34600000055"
TYPED_AT_MOST = 8
PATIENCE_S = 180.0
"""Four processes load all they need, on a machine that has other work."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Demo]:
    """The stand-ins alone, with all that an operator gets elsewhere: bots, an account, a seller's key."""
    ready, log = tmp_path / "sandbox.json", tmp_path / "sandbox.log"
    command = [sys.executable, "-m", "umbral", "sandbox", "--port=0", "--mtproto-port=0", f"--ready-file={ready}"]
    with log.open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as sandbox:
        try:
            eventually(ready.exists, "the sandbox is ready", PATIENCE_S)
            facts = json.loads(ready.read_text())
            with httpx.Client(base_url=facts["sandbox"], timeout=40, trust_env=False, limits=SHORT_LIVED) as http:
                yield Demo(tmp_path, facts={**facts, "bot_username": "tienda_bot"}, _http=http)
        finally:
            sandbox.send_signal(signal.SIGINT)


class AtTerminal:
    """The wizard, and who types. lines: how many were typed so far."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal = process, terminal
        self.said, self.lines = "", 0
        os.set_blocking(terminal, False)

    def sees(self, words: str) -> str:
        """All that was said, once these words were."""

        def look() -> bool:
            try:
                self.said += os.read(self._terminal, 65_536).decode(errors="replace")
            except (BlockingIOError, OSError):
                assert self.process.poll() is None or words in self.said, self.said
            return words in self.said

        eventually(look, f"{words!r} in {self.said[-2000:]}", PATIENCE_S)
        return self.said

    def answers(self, question: str, line: str) -> None:
        """Type a line once the question stands there, with its prompt below it."""
        self.sees(question)
        eventually(lambda: "> " in self.sees(question).partition(question)[2], "the prompt")
        os.write(self._terminal, f"{line}\n".encode())
        self.lines += 1


@contextmanager
def at_terminal(settings: dict[str, str], *words: str) -> Iterator[AtTerminal]:
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-m", "umbral", "init", *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            yield AtTerminal(process, ours)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
            os.close(ours)


def test_from_nothing_to_a_first_paid_sale(world: Demo, empty_database_url: str, tmp_path: Path) -> None:
    bots = [{"username": name, "name": "Tienda"} for name in ("tienda_bot", "tienda_picks_bot")]
    scene = {"bots": bots, "accounts": [{"first_name": "Canales", "phone": PHONE}]}
    tokens = [each["token"] for each in world.post("/setup", scene)["bots"]]
    seller = {"display_name": "Tienda", "webhook_url": "http://127.0.0.1:9/nowhere"}
    key = world.post("/providers/stripe/demo", seller)["settings"]
    olga, site, output = world.person("Olga", username="olga_tienda"), free_port(), tmp_path / "shop.env"
    services = {
        "CLOCK_URL": f"{world.facts['sandbox']}/control/clock",
        "CLOCK_WITNESS": "off",
        "OPS_PORT": str(free_port()),
        "STRIPE_API_BASE": key["STRIPE_API_BASE"],
        "TELEGRAM_BOT_API_BASE": world.facts["sandbox"],
        "TELEGRAM_MTPROTO_DC": f"127.0.0.1:{world.facts['mtproto_port']}",
        "TELEGRAM_MTPROTO_PUBLIC_KEY": world.facts["mtproto_public_key"],
        "WEB_PORT": str(site),
    }

    with at_terminal(services, "--output", str(output)) as wizard:
        wizard.answers("tokens de tus bots", " ".join(tokens))
        link = re.search(r"https://t\.me/\S+\?start=owner-\w+", wizard.sees("pulsa Iniciar"))
        assert link is not None
        olga.open(link[0])
        wizard.answers("base de datos PostgreSQL vacía", empty_database_url)
        wizard.answers("dirección pública", f"http://127.0.0.1:{site}")
        wizard.answers("api_id y api_hash de tu", "1 0123456789abcdef")
        wizard.answers("teléfono de la cuenta", PHONE)
        wizard.answers("código que Telegram", sent_code(world))
        wizard.answers("¿Cómo te pagan?", key["STRIPE_SECRET_KEY"])
        wizard.answers("Tu primer plan", "Retabet 29,90 EUR al mes")
        wizard.sees("Haz la primera compra")
        buyer = Person(world, world.person("Ana").id)
        buyer.send("/start")
        buyer.press(buyer.told("", button="Retabet"), "Retabet")
        card = buyer.told("Plan Retabet", button="Suscribirse")
        buyer.press(card, "Suscribirse")
        world.pay(buyer.place_to_pay(after=card["seq"]))
        said = wizard.sees("Todo está en pie")

    assert wizard.process.returncode == 0
    assert wizard.lines <= TYPED_AT_MOST
    assert "Primera venta cobrada, y el aviso del proveedor llegó" in said
    for secret in (*tokens, key["STRIPE_SECRET_KEY"], empty_database_url):
        assert secret not in said
    assert parse(output)["ADMIN_TELEGRAM_IDS"] == str(olga.id)
    assert output.stat().st_mode & 0o777 == 0o600


def sent_code(world: Demo) -> str:
    def look() -> str | None:
        people = world.get("/state")["people"]
        return next((each["login_code"] for each in people if each.get("login_code")), None)

    return eventually(look, "a code was sent")
