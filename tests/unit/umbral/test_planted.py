"""Check that the search for secrets in a demo's logs finds planted secrets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.planted import leaks, secret_settings
from umbral import env_file

NOWHERE = "postgresql://umbral:x@127.0.0.1:9/umbral"
SETTINGS = {
    "STRIPE_WEBHOOK_SECRET": "whsec_first,whsec_second",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_nothing_secret",
    "SESSION_KEY": "planted-session-key",
    "WEB_DATABASE_URL": "postgresql://umbral_web:planted-password@127.0.0.1:5432/umbral",
    "SENDER_BOT_TOKENS": "1:planted-sender",
    "BRAND_NAME": "Retador",
}


def test_every_planted_secret_is_found(tmp_path: Path) -> None:
    env, logs = tmp_path / "demo.env", tmp_path / "log"
    env_file.write(env, SETTINGS)
    logs.mkdir()
    (logs / "sandbox.log").write_text("whsec_first ana@example.com")
    (logs / "bot.log").write_text("token 1:planted-sender of Retador, pk_test_nothing_secret")
    (logs / "worker.log").write_text("mail to ana@example.com with whsec_second")

    assert sorted(leaks(env, logs, NOWHERE, "umbral_planted-password 1")) == [
        "SENDER_BOT_TOKENS 0 in bot.log",
        "STRIPE_WEBHOOK_SECRET 1 in worker.log",
        "WEB_DATABASE_URL 0 in metrics",
        "e-mail ana@example.com in worker.log",
    ]
    assert len(secret_settings(env)) == 5


SAYING = """
import pytest
import structlog
from pydantic import SecretStr

KEPT = SecretStr("first-planted-secret,second-planted-secret")
LINES = [
    "second-planted-secret", "https://t.me/+AbCdEfGhIjKlMnOp", "code ABCD1234EFGH5678", "ana@example.com",
    "postgresql://umbral:pass@127.0.0.1/x, which is masked", "an ordinary line of ABCD…5678 and order 5f3c",
]

@pytest.mark.parametrize("line", LINES)
def test_says(line):
    structlog.get_logger().warning("said", reason=line)
    print(LINES[0], "is what a command prints for its caller")
"""


def test_every_kind_of_secret_in_test_logs_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "tests/unit"
    folder.mkdir(parents=True)
    (folder / "test_saying.py").write_text(SAYING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.overheard", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-c", "/dev/null", str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "6 passed, 4 errors" in ran.stdout, ran.stdout + ran.stderr
    for kind in ("a secret setting", "an invite", "a code", "an e-mail"):
        assert f"the log tells {kind}" in ran.stdout
