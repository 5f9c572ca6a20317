"""Imports of the processes: no package of another process, and no package missing from their image."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.absent import WITHOUT, absent_from

OF_OTHERS = {
    "web": {"aiogram", "alembic", "matplotlib", "telethon"},
    "worker": {"aiogram", "alembic", "matplotlib", "telethon", "uvicorn"},
    "bot": {"alembic", "matplotlib", "telethon", "uvicorn"},
    "userbot": {"aiogram", "alembic", "matplotlib", "stripe", "uvicorn"},
}
ALL_PROVIDERS = """
from tests.support.paypal import environ as paypal
from tests.support.stripe import FakeClock, environ as stripe
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
made = GatewayFactory({**stripe(), **paypal()}, FakeClock())
assert sorted(made.enabled_names()) == ['paypal', 'stripe'], made.enabled_names()
for code in made.enabled_names():
    made.get(code)
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", OF_OTHERS)
def test_process_imports_only_its_own_packages(name: str) -> None:
    absent = absent_from(name)
    assert "pytest" in absent
    providers = "" if name == "userbot" else f"sys.meta_path.remove(absent)\n{ALL_PROVIDERS}"
    load = f"from umbral.terminal.loading import load\nload('umbral.cli.{name}')\n{providers}"

    assert (
        run(f"{WITHOUT.format(absent=absent)}\n{load}\nprint(sorted({OF_OTHERS[name]} & set(sys.modules)))") == "[]\n"
    )
