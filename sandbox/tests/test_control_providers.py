"""Creation of a demo seller's accounts at the simulated payment providers, through the control interface."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from tests.support.stripe_sandbox import Shop, running_shop
from umbral_sandbox.payments.registry import GROUP

SIMULATED = sorted(entry.name for entry in entry_points(group=GROUP))
WANTED = {"display_name": "Retador", "webhook_url": "http://127.0.0.1:5000/webhooks/one"}


async def opened(shop: Shop, provider: str, **changed: str) -> dict[str, str]:
    answer: dict[str, Any] = await shop.control("POST", f"providers/{provider}/demo", WANTED | changed)
    settings: dict[str, str] = answer["settings"]
    return settings


async def test_providers_are_listed_with_stripe_first() -> None:
    async with running_shop() as shop:
        names = [each["name"] for each in (await shop.control("GET", "providers"))["providers"]]

    assert sorted(names) == SIMULATED
    assert names[0] == "stripe"


@pytest.mark.parametrize("provider", SIMULATED)
async def test_reopened_account_keeps_its_credentials_and_sends_webhooks_to_the_new_address(
    provider: str, tmp_path: Path
) -> None:
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        first = await opened(shop, provider)
        again = await opened(shop, provider)
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        moved = await opened(shop, provider, webhook_url="http://127.0.0.1:5001/webhooks/two")
        main = shop.payments.deliveries.main_endpoint(provider)

    assert first
    assert first == again
    assert [value for value in moved.values() if "127.0.0.1" not in value] == [
        value for value in first.values() if "127.0.0.1" not in value
    ]
    assert main is None or main.url == "http://127.0.0.1:5001/webhooks/two"


async def test_webhook_endpoint_keeps_its_secret_and_api_version_when_the_account_is_opened() -> None:
    async with running_shop(api_version="2024-06-20") as shop:
        before = shop.payments.deliveries.main_endpoint("stripe")
        settings = await opened(shop, "stripe")
        after = shop.payments.deliveries.main_endpoint("stripe")

    assert before is not None
    assert after is not None
    assert settings["STRIPE_WEBHOOK_SECRET"] == before.secret == after.secret
    assert after.api_version == "2024-06-20"


async def test_unknown_provider_or_field_is_refused() -> None:
    async with running_shop() as shop:
        await shop.control("POST", "providers/nobody/demo", WANTED, status=404)
        await shop.control("POST", "providers/stripe/demo", {**WANTED, "price": "1"}, status=400)


BROKEN = {"importing": "raise SystemExit(3)\n", "making": "def simulator(world, deliveries):\n    return 1 / 0\n"}
"""Source code of two simulators that fail, keyed by when they fail: while the module is imported, or while the
simulator is created.
"""
PROGRAM = """
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.world.world import World

print(*sorted(payments_of(World()).simulators))
"""


def test_provider_simulator_that_fails_to_load_is_left_out_and_named(tmp_path: Path) -> None:
    for name, source in BROKEN.items():
        (tmp_path / f"broken_{name}.py").write_text(source)
        info = tmp_path / f"broken_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: broken-{name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = broken_{name}:simulator\n")

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.split() == [name for name in SIMULATED if name not in BROKEN]
    assert "the simulator of the gateway importing is left out: SystemExit: 3" in ran.stderr
    assert "the simulator of the gateway making is left out: ZeroDivisionError" in ran.stderr
