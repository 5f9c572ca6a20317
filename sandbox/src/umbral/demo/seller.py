"""Opening of an account at every payment provider that has a simulator."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final

from umbral.demo.control import asked

GATEWAYS: Final = "umbral.payment_gateways"


def open_accounts(sandbox_url: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Open the accounts, and return the product's settings for all providers, including the providers' order, which is
    the same at each start. settings: the demo's other settings, with the shop's name and the URL for webhooks.
    """
    found: dict[str, str] = {}
    simulated = [each["name"] for each in asked(sandbox_url, "GET", "/control/providers")["providers"]]
    names = [name for name in simulated if entry_points(group=GATEWAYS, name=name)]
    for name in names:
        seller = {
            "display_name": settings["BRAND_NAME"],
            "webhook_url": f"{settings['WEB_BASE_URL']}/webhooks/{name}",
        }
        found |= asked(sandbox_url, "POST", f"/control/providers/{name}/demo", seller)["settings"]
    return {**found, "PAYMENT_GATEWAYS": ",".join(names)}
