"""`umbral demo` as a whole: start, stop, killed processes and restart."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.demo import START_SECONDS, STOP_SECONDS, eventually
from umbral.demo.process_table import command_of
from umbral.env_file import parse

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

PROCESSES = {"web", "worker", "bot", "userbot", "sandbox", "postgres", "supervisor"}


class RunningDemo:
    """One run of the demo in a folder. Several runs may follow each other in the same folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.log = folder / "said.log"
        self._ready = folder / "ready.json"
        self._ready.unlink(missing_ok=True)
        words = ["--no-browser", "--data-dir", str(folder / "demo"), "--ready-file", str(self._ready), *options]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "umbral", "demo", *words], stdout=output, stderr=output, cwd=folder
            )

    @property
    def ready(self) -> dict[str, Any]:
        return dict(json.loads(self._ready.read_text()))

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_ready(self) -> None:
        until(lambda: self._ready.exists() or self.process.poll() is not None)
        assert self._ready.exists(), self.said

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def until(condition: Callable[[], bool], what: str = "it comes true") -> None:
    eventually(condition, what, START_SECONDS)


def living(pids: dict[str, int]) -> set[str]:
    return {name for name, pid in pids.items() if command_of(pid)}


def all_live(demo: RunningDemo) -> bool:
    """Return True if every process of the demo runs. A killed process may have ended other processes, which are
    restarted too.
    """
    return living(demo.ready["pids"]) == PROCESSES


def plans_on_offer(database_url: str) -> set[str]:
    """Return the slugs of all plans, or an empty set while the database restarts after another test."""

    async def found() -> set[str]:
        connection = await asyncpg.connect(database_url)
        try:
            return {row["soft_id"] for row in await connection.fetch("select soft_id from service_plans")}
        finally:
            await connection.close()

    try:
        return asyncio.run(found())
    except (OSError, asyncpg.PostgresError):
        return set()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[RunningDemo]:
    """Start a demo and return it once ready. Tests that share the demo must leave all of its processes running."""
    running = RunningDemo(folder)
    try:
        running.wait_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


def test_ready_file_names_processes_and_addresses(demo: RunningDemo) -> None:
    ready = demo.ready

    assert set(ready["pids"]) == PROCESSES
    until(lambda: all_live(demo))
    assert ready["pids"]["supervisor"] == demo.process.pid
    assert ready["vip_channel_id"] < -(10**12)
    assert os.stat(ready["env_file"]).st_mode & 0o777 == 0o600
    until(lambda: plans_on_offer(ready["database_url"]) >= {"retabet", "sportium", "bet365"})


def test_demo_prints_one_address(demo: RunningDemo) -> None:
    invitation, _, _ = demo.said.partition("Ctrl-C")

    assert invitation.count("://") == 1
    assert f"Open {demo.ready['sandbox']}" in invitation


def test_ready_file_names_the_pid_of_each_process(demo: RunningDemo) -> None:
    def itself(name: str) -> bool:
        command = command_of(demo.ready["pids"][name]) or ""
        return "/bin/sh" not in command and (name in command or name == "supervisor")

    # A process that was just started is briefly the shell that executes it.
    for name in PROCESSES:
        until(lambda name=name: itself(name), f"{name} is the process itself")


def test_commands_work_with_the_env_file_of_the_demo(demo: RunningDemo) -> None:
    command = [sys.executable, "-m", "umbral", "--env-file", demo.ready["env_file"]]

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *words], capture_output=True, text=True, check=False)

    # A process that was killed in another test may still be restarting.
    until(lambda: "retabet" in ran("plans", "list").stdout)
    eventually(lambda: ran("doctor").returncode == 0, lambda: f"all is well: {ran('doctor')}", START_SECONDS)


def test_second_demo_in_the_same_folder_is_refused(demo: RunningDemo, folder: Path) -> None:
    command = [sys.executable, "-m", "umbral", "demo", "--no-browser", "--data-dir", str(folder / "demo")]

    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=STOP_SECONDS)

    assert second.returncode == 1
    assert "running" in second.stdout
    until(lambda: all_live(demo))


@pytest.mark.parametrize("name", ["worker", "postgres", "sandbox"])
def test_killed_process_is_reported_and_replaced(demo: RunningDemo, name: str) -> None:
    until(lambda: all_live(demo))
    before = demo.ready["pids"]

    os.kill(before[name], signal.SIGKILL)

    until(lambda: demo.ready["pids"][name] != before[name])
    until(lambda: f"{name} was ended by SIGKILL. Its last words:" in demo.said)
    until(lambda: all_live(demo))


@pytest.mark.long
def test_restart_after_killing_every_process_restores_everything(tmp_path: Path) -> None:
    first = RunningDemo(tmp_path, "--no-restart")
    try:
        first.wait_ready()
        before = first.ready
        settings = parse(Path(before["env_file"]))
        os.kill(before["pids"]["web"], signal.SIGKILL)
        until(lambda: "web was ended by SIGKILL" in first.said)
        assert first.ready == before
    finally:
        first.process.kill()
        first.process.wait()
    # No process outlives the supervisor.
    until(lambda: not living(before["pids"]))

    second = RunningDemo(tmp_path)
    try:
        second.wait_ready()
        assert parse(Path(second.ready["env_file"])) == settings
        assert {**second.ready, "pids": {}} == {**before, "pids": {}}
        pids = second.ready["pids"]
        assert second.stop() == 0
        assert not living(pids)
    finally:
        if second.process.poll() is None:
            second.process.kill()
        second.process.wait()
