"""What the processes load, and what they do without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.absent import WITHOUT, absent_from

NEVER = {"alembic", "matplotlib", "pygments", "requests", "rich", "sqlalchemy.orm", "watchfiles", "yaml"}
"""Of a library's tools, of the operator's commands, or of nothing here at all."""
OF_OTHERS = {
    "web": {"aiogram", "cryptography", "telethon"},
    "worker": {"aiogram", "cryptography", "telethon", "uvicorn"},
    "bot": {"cryptography", "telethon", "uvicorn"},
    "userbot": {"aiogram", "httpcore._sync.http2", "stripe", "uvicorn"},
}
ALL_PROVIDERS = """
from tests.support.paypal import environ as paypal
from tests.support.stripe import FakeClock, environ as stripe
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
made = GatewayFactory({**stripe(), **paypal()}, FakeClock())
assert made.enabled() == ('paypal', 'stripe') or made.enabled() == ('stripe', 'paypal'), made.enabled()
for code in made.enabled():
    made.get(code)
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_process_loads_nothing_it_has_no_use_for_and_nothing_its_image_lacks(name: str) -> None:
    absent = absent_from(name)
    assert "pytest" in absent
    providers = "" if name == "userbot" else f"sys.meta_path.remove(absent)\n{ALL_PROVIDERS}"
    load = f"from umbral.cli.commands import loaded\nloaded('umbral.cli.{name}')\n{providers}"

    assert (
        run(f"{WITHOUT.format(absent=absent)}\n{load}\nprint(sorted({NEVER | OF_OTHERS[name]} & set(sys.modules)))")
        == "[]\n"
    )


def test_what_was_left_out_can_be_had_later() -> None:
    """By whoever brings a gateway of their own."""
    code = """
from umbral.cli.commands import loaded
loaded("umbral.cli.worker")
import requests, rich, yaml
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
import sqlalchemy.ext.asyncio as package
print(AsyncSession.__module__, async_sessionmaker.__module__, hasattr(package, "no_such_thing"))
"""
    session = "sqlalchemy.ext.asyncio.session"
    assert run(code) == f"{session} {session} False\n"
