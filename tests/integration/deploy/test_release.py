"""Check that releases name their images by digest, and that two builds of a release are identical."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts import pin_images, release

ROOT = Path(__file__).parents[3]
MANIFEST = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


@contextmanager
def registry(said: str = DIGEST) -> Iterator[str]:
    """Run a registry that requires a token, as Docker Hub does. said: the digest reported by the registry."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known, token = "authorization" in self.headers, self.path.startswith("/token")
            self.send_response(200 if known or token else 401)
            realm = f"http://{self.headers['host']}/token"
            self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="here",scope="pull"')
            self.send_header("Docker-Content-Digest", said)
            self.end_headers()
            self.wfile.write(b'{"token": "x"}' if token else MANIFEST if known else b"")

        def log_request(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the project's files, with no image pinned by digest."""
    for path, pattern in pin_images.PATTERNS.items():
        text = (ROOT / path).read_text()
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(pattern.sub(lambda match: f"{match['name']}:{match['tag']}", text))
    (tmp_path / pin_images.ASKED).write_text(f"{datetime.now(UTC).date()}\n")
    return tmp_path


def test_images_are_pinned_to_the_registrys_digest(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pin_images.main(["--check", f"--root={tree}"]) == pin_images.UNPINNED
    assert capsys.readouterr().err.count("not named by its digest") == 5
    with registry() as address:
        assert pin_images.main([f"--root={tree}", f"--registry={address}"]) == 0
    assert f"ARG BASE=python:3.11-slim@{DIGEST}\n" in (tree / "Dockerfile").read_text()
    assert f"${{POSTGRES_IMAGE:-postgres:18@{DIGEST}}}" in (tree / "docker-compose.yml").read_text()
    assert pin_images.main(["--check", f"--root={tree}"]) == 0


def test_release_refuses_base_images_older_than_three_months(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with registry() as address:
        assert pin_images.main([f"--root={tree}", f"--registry={address}"]) == 0
    (tree / pin_images.ASKED).write_text(f"{datetime.now(UTC).date() - timedelta(days=93)}\n")
    assert release.main([str(tree / "dist"), f"--root={tree}"]) == pin_images.OLD
    assert "93 days ago" in capsys.readouterr().err
    with registry() as address:
        assert pin_images.main([f"--root={tree}", f"--registry={address}"]) == 0
    assert pin_images.main(["--check", f"--root={tree}"]) == 0


def test_digest_that_the_registry_cannot_confirm_is_not_written(tree: Path) -> None:
    before = [(tree / path).read_text() for path in pin_images.PATTERNS]
    with registry(said=f"sha256:{'0' * 64}") as lying:
        assert pin_images.main([f"--root={tree}", f"--registry={lying}"]) == pin_images.OUT_OF_REACH
    assert pin_images.main([f"--root={tree}", "--registry=http://127.0.0.1:9"]) == pin_images.OUT_OF_REACH
    assert [(tree / path).read_text() for path in pin_images.PATTERNS] == before


def test_all_external_images_are_pinned_by_digest() -> None:
    assert pin_images.unpinned(ROOT) == []


def test_release_refuses_images_without_a_digest(tree: Path) -> None:
    assert release.main([str(tree / "dist"), f"--root={tree}"]) == pin_images.UNPINNED
    assert not (tree / "dist").exists()


def test_two_builds_are_identical_and_every_file_has_a_checksum(tmp_path: Path) -> None:
    assert release.release(tmp_path, "1767225600") == 0
    sums = dict(reversed(line.split()) for line in (tmp_path / "SHA256SUMS").read_text().splitlines())
    assert {name for name in sums if name.endswith(".whl")} == {path.name for path in tmp_path.glob("*.whl")}
    assert len([name for name in sums if name.endswith(".whl")]) == 2
    assert all(
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == notified for name, notified in sums.items()
    )
    first = release.wheel(ROOT / "sandbox", tmp_path / "again", "1767312000")
    assert first.read_bytes() != (tmp_path / first.name).read_bytes(), "only the same time gives the same bytes"
