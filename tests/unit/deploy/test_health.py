"""`umbral health`, the containers' health check."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from subscriptions.bootstrap import process
from subscriptions.bootstrap.settings.core import CoreSettings
from umbral.cli import main
from umbral.cli.health import STALE_SECONDS


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Respond with 200 for /healthz and 404 for other paths."""
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Run a server and yield its address."""
    server = HTTPServer(("127.0.0.1", 0), _Health)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ready_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the ready file, which does not exist yet."""
    path = tmp_path / "ready"
    monkeypatch.setenv("READY_FILE", str(path))
    return path


def test_process_without_a_ready_file_is_not_ready(ready_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health"]) == 1

    assert "not ready yet" in capsys.readouterr().err


def test_fresh_ready_file_is_healthy(ready_file: Path) -> None:
    ready_file.touch()

    assert main(["health"]) == 0


def test_stale_ready_file_is_unhealthy(ready_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready_file.touch()
    then = time.time() - STALE_SECONDS - 1
    os.utime(ready_file, (then, then))

    assert main(["health"]) == 1
    assert "no sign of life" in capsys.readouterr().err


def test_health_check_without_the_ready_file_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("READY_FILE", raising=False)

    assert main(["health"]) == 1
    assert "READY_FILE" in capsys.readouterr().err


def wait_for_a_touch(path: Path) -> None:
    end = time.monotonic() + 90
    while path.stat().st_mtime == 0:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_process_refreshes_its_ready_file(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BEAT_S", 0.01)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")

    async def serve(_settings: CoreSettings, _stop: asyncio.Event) -> None:
        process.ready()
        os.utime(ready_file, (0, 0))
        await asyncio.to_thread(wait_for_a_touch, ready_file)

    assert process.run_process("worker", CoreSettings, serve) == 0
    assert main(["health"]) == 0


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_notified_of_readiness_and_watchdog(
    abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notifications follow sd_notify(3), for a service of `Type=notify` with a watchdog."""
    monkeypatch.setattr(process, "BEAT_S", 0.01)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    name = f"umbral-{tmp_path.name}-{os.getpid()}"
    received: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}" if abstract else str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else str(tmp_path / "notify"))

        async def serve(_settings: CoreSettings, _stop: asyncio.Event) -> None:
            process.ready()
            received.extend([await asyncio.to_thread(manager.recv, 100) for _ in range(3)])

        assert process.run_process("worker", CoreSettings, serve) == 0
    assert received == [b"READY=1\nSTATUS=Works", b"WATCHDOG=1", b"WATCHDOG=1"]


def test_process_waiting_for_telegram_reports_ready_and_its_waiting_status_to_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    received: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)

        async def serve(_settings: CoreSettings, _stop: asyncio.Event) -> None:
            with process.start_anyway("Telegram", patience_s=0):
                received.append(await asyncio.to_thread(manager.recv, 100))
            with process.start_anyway("a quick one", patience_s=60):
                pass
            process.ready()
            received.append(await asyncio.to_thread(manager.recv, 100))

        assert process.run_process("bot", CoreSettings, serve) == 0
    assert received == [b"READY=1\nSTATUS=Waits for Telegram: no answer yet", b"READY=1\nSTATUS=Works"]
    assert "waits_for=Telegram" in capsys.readouterr().err


def test_heartbeat_interval_is_well_below_the_stale_limit() -> None:
    assert process.BEAT_S * 3 < STALE_SECONDS


def test_url_that_answers_is_healthy(address: str) -> None:
    assert main(["health", "--url", f"{address}/healthz"]) == 0


def test_url_that_answers_with_an_error_is_unhealthy(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--url", f"{address}/nothing"]) == 1

    assert "answered 404" in capsys.readouterr().err


def test_unreachable_url_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--url", "http://127.0.0.1:1/healthz"]) == 1

    assert "127.0.0.1:1" in capsys.readouterr().err
