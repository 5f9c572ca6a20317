"""From nothing to a first paid sale, as a new operator practises with `umbral practice`: eleven answers, one of which
is invalid.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from subscriptions.bootstrap.words import Words
from subscriptions.infrastructure.text_files import verticals
from tests.support.demo import ANSWER_SECONDS, STOP_SECONDS, Demo, Person, eventually
from tests.support.plain_http import SHORT_LIVED
from umbral.env_file import parse

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

TYPED_AT_MOST = 12
TYPED_ALONE = 8
"""Number of answers of an operator who sells an existing chat and therefore needs only a bot."""
PATIENCE_S = 300.0
"""Timeout of a wait, in seconds. Four processes start on a machine that runs other work."""


class AtTerminal:
    """Setup wizard and operator at a terminal. lines: number of lines typed so far."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal = process, terminal
        self.said, self.lines = "", 0
        os.set_blocking(terminal, False)

    def sees(self, words: str) -> str:
        """Return the output of the wizard once the output contains these words."""

        def look() -> bool:
            try:
                self.said += os.read(self._terminal, 65_536).decode(errors="replace")
            except (BlockingIOError, OSError):
                assert self.process.poll() is None or words in self.said, self.said
            return words in self.said

        eventually(look, f"{words!r} in {self.said[-2000:]}", PATIENCE_S)
        return self.said

    def answers(self, question: str, line: str) -> None:
        """Type a line once the question and its prompt are shown."""
        self.sees(question)
        eventually(lambda: "> " in self.sees(question).partition(question)[2], "the prompt")
        os.write(self._terminal, f"{line}\n".encode())
        self.lines += 1

    def answers_at_the_second(self, question: str, words: Words, wrong: str, right: str | Callable[[], str]) -> None:
        """Type an invalid answer, and a valid answer once the question is repeated."""
        begins = _begins(words, f"ask.{question}")
        self.answers(begins, wrong)
        reported = len(self.said)
        eventually(lambda: "> " in self.sees(begins)[reported:], lambda: f"asked again: {self.said[reported:]}")
        os.write(self._terminal, f"{right if isinstance(right, str) else right()}\n".encode())
        self.lines += 1


def _of_this_terminal() -> None:
    """Attach the child process to its own controlling terminal.

    When the terminal closes, the process gets SIGHUP, so that it ends with the tests' own process. SIGINT is reset,
    because tests that run in the background of a shell would pass on an ignored SIGINT.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_terminal(*words: str) -> Iterator[AtTerminal]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "umbral", *words]
    # The wizard must ignore the settings of a real shop in the same shell.
    environ = {"PATH": os.environ["PATH"], "BRAND_NAME": "Otra", "DATABASE_URL": "postgresql://127.0.0.1:1/otra"}
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        start_new_session=True,
        preexec_fn=_of_this_terminal,  # noqa: PLW1509  # two calls to the kernel, whatever other threads hold
    ) as process:
        os.close(theirs)
        try:
            yield AtTerminal(process, ours)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
            os.close(ours)


def client() -> httpx.Client:
    return httpx.Client(timeout=ANSWER_SECONDS, trust_env=False, limits=SHORT_LIVED)


def practice_at(page: str, http: httpx.Client, folder: Path) -> tuple[Demo, Person]:
    """Return the practice sandbox behind a page's URL, and the person whom the page's reader plays."""
    http.base_url = httpx.URL(page)
    world = Demo(folder, facts={"sandbox": page, "bot_username": "tienda_bot"}, _http=http)
    return world, Person(world, next(each["id"] for each in world.get("/state")["people"] if each["name"] == "Tú"))


SUBSCRIBE = {"es": "Suscribirse", "en": "Subscribe", "pt": "Subscrever"}


BETS = {"es": "apuest", "en": "betting", "pt": "apost"}
Payment = Callable[[Person, Mapping[str, Any]], object]
"""Function with which a person pays, given the bot's message that requests the payment."""
PAY = {"es": "Ir a pago seguro", "en": "Go to secure payment", "pt": "Ir para o pagamento seguro"}


def buy(world: Demo, you: Person, plan: str, language: str = "es", pay: Payment | None = None) -> str:
    """Buy a plan, from the bot's welcome to the payment, and return the texts shown in between.

    language: language of the shop, for customers whose own language the shop does not support. pay: function that pays,
    if not at a hosted checkout.
    """
    you.send("/start")
    welcome = you.received("", button=plan)
    you.press(welcome, plan)
    card = you.received(plan, button=SUBSCRIBE[language])
    you.press(card, SUBSCRIBE[language])
    message = you.received("", button=PAY[language])
    if pay is None:
        world.pay(str(you.press(message, PAY[language])["value"]))
    else:
        pay(you, message)
    return f"{welcome['text']} {card['text']}"


@pytest.mark.long
def test_practice_setup_leads_to_a_first_paid_sale(tmp_path: Path) -> None:
    with at_terminal("practice") as wizard, client() as http:
        hand = wizard.sees("Vamos a poner en marcha")
        tokens, _chats, database, site, app, phone, key = re.findall(r"^  \S.*?  +(\S.*?)\r?$", hand, re.MULTILINE)
        page = re.search(r"Abre también (http://\S+):", hand)
        assert page is not None
        world, you = practice_at(page[1], http, tmp_path)

        wizard.answers("¿Ya tienes un canal o grupo?", "no")
        wizard.answers("¿Qué vendes?", "zapatos")
        wizard.sees("no es ninguna de las opciones")
        wizard.answers("ninguna de las opciones", "otra cosa")
        wizard.answers("¿En qué idioma habla tu tienda?", "")
        wizard.answers("tokens de tus bots", tokens)
        link = re.search(r"https://t\.me/\S+\?start=owner-\w+", wizard.sees("pulsa Iniciar"))
        assert link is not None
        you.open(link[0])
        wizard.answers("base de datos PostgreSQL vacía", database)
        wizard.answers("dirección pública", site)
        wizard.answers("api_id y api_hash de tu", app)
        wizard.answers("teléfono de la cuenta", phone)
        wizard.answers("código que Telegram", sent_code(world))
        wizard.answers("¿Cómo vas a cobrar?", key)
        wizard.answers("Tu primer plan", "Retabet 29,90 EUR al mes")
        wizard.sees("Haz la primera compra")
        output = re.search(r"(\S+shop\.env) está guardado", wizard.said)
        assert output is not None
        written, mode = parse(Path(output[1])), Path(output[1]).stat().st_mode
        for _ in range(2):
            notified = you.messages()[-1]["seq"]
            you.open(link[0])
            welcome = you.received("¡Bienvenido a Tienda!", button="Retabet", after=notified)
        you.press(welcome, "Retabet")
        card = you.received("Plan Retabet", button="Suscribirse")
        assert "apuest" not in " ".join(message["text"] for message in you.messages()).casefold()
        you.press(card, "Suscribirse")
        world.pay(you.checkout_url(after=card["seq"]))
        said = wizard.sees("Todo está en marcha").removeprefix(hand)

    assert wizard.process.returncode == 0
    assert wizard.lines <= TYPED_AT_MOST
    assert "Primera venta cobrada, y el webhook del proveedor ha llegado" in said
    for secret in (*tokens.split(), key, database):
        assert secret not in said
    assert (written["ADMIN_TELEGRAM_IDS"], written["BRAND_NAME"]) == (str(you.id), "Tienda")
    assert (written["VERTICAL"], written["SHOP_LANGUAGE"]) == ("plain", "es")
    assert mode & 0o777 == 0o600
    assert not Path(output[1]).parent.exists(), "nothing of it stays"


@pytest.mark.long
def test_setup_with_an_existing_group_leads_to_a_first_sale_in_eight_answers(tmp_path: Path) -> None:
    """One bot is enough: no api_id, no phone, and no userbot account."""
    with at_terminal("practice") as wizard, client() as http:
        hand = wizard.sees("Vamos a poner en marcha")
        tokens, _chats, database, site, app, phone, key = re.findall(r"^  \S.*?  +(\S.*?)\r?$", hand, re.MULTILINE)
        page = re.search(r"Abre también (http://\S+):", hand)
        assert page is not None
        world, you = practice_at(page[1], http, tmp_path)
        group = next(each["id"] for each in world.get("/state")["channels"] if each["title"] == "Tienda Tertulia")

        wizard.answers("¿Ya tienes un canal o grupo?", "sí")
        wizard.answers("¿Qué vendes?", "3")
        wizard.answers("¿En qué idioma habla tu tienda?", "en")
        wizard.answers("Pega el token de tu bot", tokens.split()[0])
        link = re.search(r"https://t\.me/\S+\?start=owner-\w+", wizard.sees("pulsa Iniciar"))
        assert link is not None
        you.open(link[0])
        offer = you.received("¿A qué canal o grupo vas a vender el acceso?")
        choice = {"to": "tienda_bot", "message_id": offer["id"], "chat_id": group, "button": "👥 Mi grupo"}
        assert "refused" not in world.post(f"/users/{you.id}/share_chat", choice)
        you.received("✅ Tienda Tertulia")
        wizard.answers("base de datos PostgreSQL vacía", database)
        wizard.answers("dirección pública", site)
        wizard.answers("¿Cómo vas a cobrar?", key)
        wizard.answers("Tu primer plan", "Tertulia 9,90 EUR al mes")
        wizard.sees("Haz la primera compra")
        buy(world, you, "Tertulia", "en")
        said = wizard.sees("Todo está en marcha").removeprefix(hand)

    assert wizard.process.returncode == 0
    assert wizard.lines <= TYPED_ALONE
    assert "Primera venta cobrada, y el webhook del proveedor ha llegado" in said
    assert "userbot" not in said
    assert (app in said, phone in said) == (False, False)


def test_canceled_practice_setup_does_not_tell_the_operator_to_continue_with_umbral_init() -> None:
    words = Words("es")
    with at_terminal("practice") as wizard:
        wizard.sees(_begins(words, "ask.has_chat"))
        wizard.process.send_signal(signal.SIGINT)
        said = wizard.sees(words("say.practice_stopped"))

    assert "umbral init`." not in said


PLANS = {"es": "Alfa 9,90 EUR al mes", "en": "Alfa 9.90 EUR per month", "pt": "Alfa 9,90 EUR por mês"}


@pytest.mark.long
@pytest.mark.parametrize("language", PLANS)
@pytest.mark.parametrize("vertical", sorted(verticals()))
def test_setup_wizard_accepts_a_valid_answer_after_an_invalid_answer_in_each_vertical_and_language(
    tmp_path: Path, vertical: str, language: str
) -> None:
    """Every valid answer is accepted and not requested again, and the last answer leads to a first sale."""
    words = Words(language)
    with at_terminal("practice", "--language", language) as wizard, client() as http:
        hand = wizard.sees(_begins(words, "say.welcome"))
        tokens, _chats, database, site, app, phone, key = re.findall(r"^  \S.*?  +(\S.*?)\r?$", hand, re.MULTILINE)
        page = next(each for each in re.findall(r"http://[\w.]+:\d+", hand) if each != site)
        world, you = practice_at(page, http, tmp_path)

        wizard.answers_at_the_second("has_chat", words, "?", "no")
        wizard.answers_at_the_second("vertical", words, "zapatos", str(list(verticals()).index(vertical) + 1))
        wizard.answers_at_the_second("language", words, "klingon", language)
        wizard.answers_at_the_second("bots", words, tokens.split()[0], tokens)
        link = re.search(r"https://t\.me/\S+\?start=owner-\w+", wizard.sees("start=owner-"))
        assert link is not None
        you.open(link[0])
        wizard.answers_at_the_second("database", words, "postgresql://127.0.0.1:1/otra", database)
        wizard.answers_at_the_second("address", words, "tienda", site)
        wizard.answers_at_the_second("app", words, "1", app)
        wizard.answers_at_the_second("phone", words, "+3400", phone)
        wizard.answers_at_the_second("code", words, "00000", lambda: sent_code(world))
        wizard.answers_at_the_second("payments", words, "bizum", key)
        wizard.answers_at_the_second("plan", words, "zapatos", PLANS[language])
        wizard.sees(_begins(words, "say.buy"))
        output = re.search(r"(\S+shop\.env)", wizard.said[wizard.said.rindex("shop.env") - 200 :])
        assert output is not None
        written = parse(Path(output[1]))
        read = buy(world, you, "Alfa", language).casefold()
        said = wizard.sees(words("say.stands").strip().partition(":")[0])

    assert wizard.process.returncode == 0
    assert words("say.sold", answers=wizard.lines) in said.replace("\r", "")
    assert (written["VERTICAL"], written["ADMIN_TELEGRAM_IDS"]) == (vertical, str(you.id))
    assert {written["DATABASE_URL"], written["WEB_BASE_URL"]} == {database, site}
    assert (BETS[language] in read) == (vertical == "tips")


def _begins(words: Words, key: str) -> str:
    """Return the beginning of a text, up to its first placeholder."""
    facts = dict.fromkeys(("bot", "file", "name", "names", "plans", "verticals", "languages", "usual"), "\0")
    return words(key, **facts).partition("\0")[0].strip()


def sent_code(world: Demo) -> str:
    def look() -> str | None:
        people = world.get("/state")["people"]
        return next((each["login_code"] for each in people if each.get("login_code")), None)

    return eventually(look, "a code was sent")
