"""`umbral demo`: starts everything in order, prints the address, and keeps everything running until stopped."""

from __future__ import annotations

import os
import signal
import sys
from threading import Event
from types import FrameType
from typing import Final

from filelock import Timeout

from umbral import env_file
from umbral.demo import processes
from umbral.demo.browser import open_page
from umbral.demo.child_process import ChildProcess, Starter
from umbral.demo.file_lock import lock_in
from umbral.demo.folder import Folder, write_json
from umbral.demo.fork_client import ForkClient
from umbral.demo.loopback import HOST
from umbral.demo.options import DemoOptions
from umbral.demo.participants import Participants, create_participants
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.postgres_home import PostgresError
from umbral.demo.prepared import Prepared
from umbral.demo.previous_run import end_previous_run
from umbral.demo.seller import open_accounts
from umbral.demo.services import PostgresService
from umbral.demo.settings import SandboxAddress, settings_of
from umbral.demo.supervisor import StartError, StopRequestedError, Supervisor

_PICK: Final = """To send a post:
(set -a; . {env_file}; curl -s "$WEB_BASE_URL/api/picks" -H "Authorization: Bearer $PICKS_API_KEY" \\
  -H "Idempotency-Key: $(date +%s)" --json '{{"plan": "{plan}", "text": "Betis – Sevilla, más de 2,5 goles"}}')"""
_READY_SECONDS = 180.0


class Demo:
    """One run of a demo in a folder."""

    def __init__(self, options: DemoOptions, starter: Starter | None = None) -> None:
        """Create a demo that is not started. starter: function that starts processes; None to choose one by the
        options.
        """
        self._options, self._starter = options, starter
        self._fork_client: ForkClient | None = None
        self._folder = Folder(options.data_dir.resolve())
        self._stop = Event()
        self._supervisor = Supervisor(restart=options.restart, say=_say, stop=self._stop)
        self._facts: dict[str, object] = {}

    def run(self) -> int:
        """Run until stopped; return 0, or 1 if the demo could not start."""
        self._folder.make()
        lock = lock_in(self._folder.lock)
        try:
            lock.acquire()
        except Timeout:
            _say(f"A demo is already running in {self._folder.root}.")
            return 1
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            return self._run()
        finally:
            lock.release()

    def _run(self) -> int:
        self._forget_last_run()
        try:
            self._start()
            self._announce()
            self._supervisor.watch(self._write_ready)
        except StopRequestedError:
            pass
        except (StartError, PostgresError, OSError) as error:
            _say(f"The demo could not start: {error}")
            return 1
        finally:
            self._end()
        return 0

    def _forget_last_run(self) -> None:
        if self._options.ready_file is not None:
            self._options.ready_file.unlink(missing_ok=True)
        end_previous_run(self._folder)
        if self._options.fresh:
            self._folder.erase()
            self._folder.make()
        self._folder.pids.unlink(missing_ok=True)

    def _start(self) -> None:
        _say("Umbral is starting …\n  1 of 3: the database and the simulators of Telegram and the payment providers")
        folder = self._folder
        ports = folder.ports(sandbox=self._options.port, mtproto=0, web=0, ops=0)
        postgres = EmbeddedPostgres(folder.postgres)
        starter = self._starter or self._loading()
        # The sandbox starts while the database does, and while the product is loaded.
        self._supervisor.start(
            processes.sandbox(folder, self._options, ports, self._starter or ChildProcess), PostgresService(postgres)
        )
        self._note_pids()
        self._supervisor.wait_ready(["sandbox", "postgres"], _READY_SECONDS)
        address = SandboxAddress.read(folder.ready_file("sandbox"))
        _say("  2 of 3: people, accounts, plans, channels")
        bot_alone = self._options.bot_alone
        participants = create_participants(address.url, folder.participants, bot_alone=bot_alone)
        settings = settings_of(folder.secrets(), address, participants, postgres.url, ports)
        settings |= self._options.settings
        settings |= open_accounts(address.url, settings) | dict(self._options.settings)
        env_file.write(folder.env_file, settings)
        self._facts = _facts(address, participants, settings, folder)
        self._prepare(postgres, settings, participants, starter)
        names = processes.names_of(bot_alone=bot_alone)
        _say(f"  3 of 3: {', '.join(names)}")
        self._supervisor.start(*processes.product(folder, names, starter))
        self._note_pids()
        self._supervisor.wait_ready(names, _READY_SECONDS)

    def _loading(self) -> Starter:
        """Return the starter of the product's processes: on Linux, a fork server that loads the common modules once for
        all four.
        """
        if self._options.apart or sys.platform != "linux":
            return ChildProcess
        self._fork_client = ForkClient()
        return self._fork_client.start

    def _prepare(
        self, postgres: EmbeddedPostgres, settings: dict[str, str], participants: Participants, starter: Starter
    ) -> None:
        prepared = Prepared(self._folder.prepared, settings, participants)
        if postgres.is_new or not prepared.already:
            processes.prepare(self._folder, starter)
            prepared.remember()

    def _announce(self) -> None:
        self._write_ready()
        page = str(self._facts["sandbox"])
        _say(f"Everything is ready. Open {page}\nCtrl-C stops the demo; its data stay in {self._folder.root}.")
        _say(_PICK.format(env_file=self._folder.env_file, plan="canal" if self._options.bot_alone else "retabet"))
        if self._options.browser:
            open_page(page)

    def _write_ready(self) -> None:
        self._note_pids()
        ready = {**self._facts, "pids": self._pids()}
        if self._options.ready_file is not None:
            write_json(self._options.ready_file.resolve(), ready)

    def _note_pids(self) -> None:
        write_json(self._folder.pids, self._pids())

    def _pids(self) -> dict[str, int]:
        return {**self._supervisor.pids, "supervisor": os.getpid()}

    def _end(self) -> None:
        self._supervisor.stop_all()
        if self._fork_client is not None:
            self._fork_client.close()
        self._folder.pids.unlink(missing_ok=True)
        if self._options.ready_file is not None:
            self._options.ready_file.unlink(missing_ok=True)
        _say("Everything has been stopped.")

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            # On the second signal exit immediately: the processes are tied to this one and end with it.
            os._exit(128 + number)
        self._stop.set()


def _facts(
    address: SandboxAddress, participants: Participants, settings: dict[str, str], folder: Folder
) -> dict[str, object]:
    return {
        "sandbox": address.url,
        "web": f"http://{HOST}:{settings['WEB_PORT']}",
        "ops": f"http://{HOST}:{settings['OPS_PORT']}",
        "bot_username": participants.subscription_bot.username,
        "database_url": settings["DATABASE_URL"],
        "admin_id": participants.operator_id,
        "vip_channel_id": participants.vip_channel_id,
        **({"chats": dict(participants.chats)} if participants.chats else {}),
        "picks_api_key": settings["PICKS_API_KEY"],
        "env_file": str(folder.env_file),
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
