"""Choice of the PostgreSQL server for a test run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.postgres import docker_answers


class Engine(BaseHTTPRequestHandler):
    """Server that answers every request as a Docker engine answers a version request."""

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.44"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def engine() -> Iterator[str]:
    """Run a server that answers like Docker, and yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_responding_docker_engine_is_used_unless_disabled(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine)
    monkeypatch.delenv("NO_DOCKER", raising=False)
    assert docker_answers()
    monkeypatch.setenv("NO_DOCKER", "1")
    assert not docker_answers()


def test_docker_is_not_used_if_its_engine_does_not_respond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.delenv("NO_DOCKER", raising=False)
    assert not docker_answers()
