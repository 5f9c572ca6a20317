"""The supervisor with real processes that are killed, for each way of starting processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fork_clients import ForkClient
from umbral.demo.child_process import ChildProcess, Starter
from umbral.demo.process_table import command_of, wait_until_gone
from umbral.demo.services import CommandService
from umbral.demo.supervisor import StartError, StopRequestedError, Supervisor

WORKS = "import pathlib, sys, time; print('at work', flush=True); pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
DIES = "print('first'); print('my key is lost'); raise SystemExit(3)"


class Stage:
    """Supervisor in a thread, and its messages."""

    def __init__(self, folder: Path, starter: Starter, *, restart: bool = True) -> None:
        self.starter = starter
        self.folder, self.said, self.stop, self.changes = folder, [], threading.Event(), 0
        self.supervisor = Supervisor(restart=restart, say=self.said.append, stop=self.stop)
        self._thread = threading.Thread(target=self.supervisor.watch, args=(self._changed,))

    def service(self, name: str, code: str) -> CommandService:
        ready = self.folder / f"{name}.ready"
        command = [sys.executable, "-c", code, str(ready)]
        return CommandService(name, command, log=self.folder / f"{name}.log", ready_file=ready, starter=self.starter)

    def watch(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.supervisor.stop_all()

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture(scope="module")
def fork_client() -> Iterator[ForkClient]:
    with ForkClient(modules=()) as fork_client:
        yield fork_client


@pytest.fixture(params=["started", "forked"])
def starter(request: pytest.FixtureRequest, fork_client: ForkClient) -> Starter:
    """Return a starter of processes: as in the demo, and as in the demos of tests."""
    return ChildProcess if request.param == "started" else fork_client.start


@pytest.fixture
def stage(tmp_path: Path, starter: Starter) -> Iterator[Stage]:
    stage = Stage(tmp_path, starter)
    yield stage
    stage.end()


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def test_killed_process_is_reported_and_restarted(stage: Stage) -> None:
    stage.supervisor.start(stage.service("worker", WORKS))
    stage.supervisor.wait_ready(["worker"], seconds=90)
    first = stage.supervisor.pids["worker"]
    stage.watch()

    os.kill(first, signal.SIGKILL)

    until(lambda: stage.changes == 1)
    assert stage.supervisor.pids["worker"] != first
    assert stage.said[0] == "worker was ended by SIGKILL. Its last words:\nat work"
    stage.supervisor.wait_ready(["worker"], seconds=90)


def test_process_is_not_restarted_when_restarts_are_disabled(tmp_path: Path, starter: Starter) -> None:
    stage = Stage(tmp_path, starter, restart=False)
    try:
        stage.supervisor.start(stage.service("worker", WORKS), stage.service("web", WORKS))
        stage.supervisor.wait_ready(["worker", "web"], seconds=90)
        pids = stage.supervisor.pids
        stage.watch()

        os.kill(pids["worker"], signal.SIGKILL)
        until(lambda: len(stage.said) == 1)
        os.kill(pids["web"], signal.SIGKILL)
        until(lambda: len(stage.said) == 2)

        assert stage.supervisor.pids == pids
        assert stage.changes == 0
    finally:
        stage.end()


def test_process_that_cannot_start_reports_the_reason(stage: Stage) -> None:
    stage.supervisor.start(stage.service("bot", DIES))

    with pytest.raises(StartError, match=r"(?s)bot ended with status 3.*my key is lost"):
        stage.supervisor.wait_ready(["bot"], seconds=90)


def test_start_error_names_a_process_that_never_gets_ready(stage: Stage) -> None:
    stage.supervisor.start(stage.service("bot", "import time; time.sleep(600)"))

    with pytest.raises(StartError, match="bot not ready"):
        stage.supervisor.wait_ready(["bot"], seconds=0.2)


def test_stop_request_ends_the_wait_for_readiness(stage: Stage) -> None:
    stage.supervisor.start(stage.service("bot", "import time; time.sleep(600)"))
    stage.stop.set()

    with pytest.raises(StopRequestedError):
        stage.supervisor.wait_ready(["bot"], seconds=90)


def test_all_processes_are_gone_after_the_stop(stage: Stage) -> None:
    stage.supervisor.start(stage.service("first", WORKS))
    stage.supervisor.start(stage.service("second", WORKS), stage.service("third", WORKS))
    pids = stage.supervisor.pids
    stage.supervisor.wait_ready(pids, seconds=90)

    stage.supervisor.stop_all()

    assert [pid for pid in pids.values() if command_of(pid)] == []


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
OWNERS = {
    "started": """
import sys
from pathlib import Path
from umbral.demo.child_process import ChildProcess
child = ChildProcess([sys.executable, "-c", sys.argv[2]], log=Path(sys.argv[1]))
""",
    "forked": """
import sys
from pathlib import Path
from tests.support.fork_clients import ForkedProcess
child = ForkedProcess(Path(sys.argv[3]), [sys.executable, "-c", sys.argv[2]], log=Path(sys.argv[1]))
""",
    "forked, and the fork server is killed too": """
import sys
from pathlib import Path
from tests.support.fork_clients import ForkClient
fork_client = ForkClient(modules=())
child = fork_client.start([sys.executable, "-c", sys.argv[2]], log=Path(sys.argv[1]))
""",
}
STAYS = "print(child.pid, flush=True)\nsys.stdin.read()"


@pytest.mark.parametrize("how", OWNERS)
def test_child_that_ignores_stop_requests_dies_with_its_killed_owner(
    tmp_path: Path, fork_client: ForkClient, how: str
) -> None:
    command = [sys.executable, "-c", OWNERS[how] + STAYS, str(tmp_path / "log"), DEAF, str(fork_client.address)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert command_of(pid) is not None

        owner.kill()
        owner.wait()

        assert wait_until_gone(pid, seconds=90)


def test_forked_process_has_its_own_session_environment_and_arguments(tmp_path: Path, fork_client: ForkClient) -> None:
    program = "import os, sys; print(os.getsid(0) == os.getpid(), dict(os.environ), sys.argv, sys.stdin.read())"
    forked = fork_client.start([sys.executable, "-c", program, "word"], log=tmp_path / "log", env={"ONE": "1"})

    assert forked.wait(90) == 0
    assert (tmp_path / "log").read_text() == "True {'ONE': '1'} ['-c', 'word'] \n"


def test_killed_fork_server_ends_its_processes_and_is_restarted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    program = "import os; print(os.getppid()); import time; time.sleep(600)"
    with ForkClient(modules=()) as fork_client:
        first = fork_client.start([sys.executable, "-c", program], log=log)
        until(lambda: log.read_text().endswith("\n"))
        os.kill(int(log.read_text()), signal.SIGKILL)

        assert first.wait(90) == -signal.SIGKILL
        assert wait_until_gone(first.pid, seconds=90)
        until(lambda: fork_client.start([sys.executable, "-c", ""], log=log).wait(90) == 0)
