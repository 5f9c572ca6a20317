"""Made-up resources for a practice set-up of a shop: bots, a database, an account, a payment key."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Final

from umbral.demo.control import asked
from umbral.demo.folder import Folder
from umbral.demo.loopback import HOST
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.processes import environment
from umbral.demo.services import CommandService, PostgresService
from umbral.demo.settings import SandboxAddress
from umbral.demo.supervisor import Supervisor

PHONE: Final = "+34600000099"
_READY_SECONDS: Final = 180.0
_BOTS: Final = ({"username": "tienda_bot", "name": "Tienda"}, {"username": "tienda_picks_bot", "name": "Tienda Picks"})
_YOU: Final = {"first_name": "Tú", "username": "tu_tienda", "started": ["tienda_bot"]}
_CHATS: Final = {"channel": "Tienda Avisos", "group": "Tienda Tertulia"}
"""Titles of the simulated chats that the operator can name as their own in the wizard, keyed by kind."""
_SELLER: Final = {"display_name": "Tienda", "webhook_url": f"http://{HOST}:9/nowhere"}


@dataclass(frozen=True)
class AtHand:
    """Resources with which the operator can answer the wizard's questions.

    page: URL of the simulated phone, on which the operator acts both as the owner and as a customer
    settings: settings with the simulators' addresses, which are not needed with the real services
    output: path of the settings file that the wizard writes
    """

    page: str
    tokens: str
    chats: str
    database: str
    address: str
    app: str
    phone: str
    key: str
    settings: Mapping[str, str]
    output: Path


@contextmanager
def practising() -> Iterator[AtHand]:
    """Provide the resources of a practice set-up while the block runs, and delete them afterwards. Raises StartError or
    PostgresError if the sandbox or the database cannot be started.
    """
    with ExitStack() as stack:
        folder = Folder(Path(stack.enter_context(TemporaryDirectory(prefix="umbral-practice-"))))
        folder.make()
        ports = folder.ports(sandbox=0, mtproto=0, web=0, ops=0)
        postgres = EmbeddedPostgres(folder.postgres)
        stack.callback(postgres.erase)
        services = Supervisor(restart=False, say=lambda _: None, stop=Event())
        stack.callback(services.stop_all)
        services.start(_sandbox(folder, ports), PostgresService(postgres))
        services.wait_ready(["sandbox", "postgres"], _READY_SECONDS)
        yield _at_hand(folder, SandboxAddress.read(folder.ready_file("sandbox")), postgres.url, ports)


def _sandbox(folder: Folder, ports: Mapping[str, int]) -> CommandService:
    words = ["sandbox", f"--port={ports['sandbox']}", f"--mtproto-port={ports['mtproto']}"]
    ready = folder.ready_file("sandbox")
    return CommandService(
        "sandbox",
        [sys.executable, "-m", "umbral", *words, f"--data-dir={folder.sandbox}", f"--ready-file={ready}"],
        log=folder.log("sandbox"),
        ready_file=ready,
        env=environment(folder, "sandbox"),
    )


def _at_hand(folder: Folder, sandbox: SandboxAddress, database_url: str, ports: Mapping[str, int]) -> AtHand:
    account = {"first_name": "Canales", "phone": PHONE}
    scene = {"bots": list(_BOTS), "accounts": [account], "operator": _YOU}
    people = asked(sandbox.url, "POST", "/control/setup", scene)
    bots = people["bots"]
    for kind, title in _CHATS.items():
        chat = {"kind": kind, "title": title, "owner": people["operator"]["id"]}
        asked(sandbox.url, "POST", "/control/chats", chat)
    stripe = asked(sandbox.url, "POST", "/control/providers/stripe/demo", _SELLER)["settings"]
    secrets = folder.secrets()
    return AtHand(
        page=sandbox.url,
        tokens=" ".join(bot["token"] for bot in bots),
        chats=", ".join(_CHATS.values()),
        database=database_url,
        address=f"http://{HOST}:{ports['web']}",
        app=f"{secrets['TELEGRAM_API_ID']} {secrets['TELEGRAM_API_HASH']}",
        phone=PHONE,
        key=stripe["STRIPE_SECRET_KEY"],
        settings={
            "CLOCK_URL": f"{sandbox.url}/control/clock",
            "CLOCK_WITNESS": "off",
            "OPS_PORT": str(ports["ops"]),
            "STRIPE_API_BASE": stripe["STRIPE_API_BASE"],
            "TELEGRAM_BOT_API_BASE": sandbox.url,
            "TELEGRAM_MTPROTO_DC": f"{HOST}:{sandbox.mtproto_port}",
            "TELEGRAM_MTPROTO_PUBLIC_KEY": sandbox.mtproto_public_key,
            "WEB_PORT": str(ports["web"]),
        },
        output=folder.root / "shop.env",
    )
