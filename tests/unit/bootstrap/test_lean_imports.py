"""Check that processes do not load the optional dependencies of other libraries."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import sys
from subscriptions.bootstrap.lean_imports import import_lean
import_lean()
import subscriptions.bootstrap.core
print(*sorted({"fastapi", "rich", "starlette", "werkzeug"} & sys.modules.keys()))
import fastapi
print(fastapi.FastAPI.__name__)
"""

STRIPE_PROBE = """
import sys
from subscriptions.infrastructure.payments.stripe import descriptor
from subscriptions.infrastructure.clock import SystemClock
environ = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
descriptor.load(descriptor.settings.from_environ(environ), SystemClock())
print("stripe" in sys.modules, "requests" in sys.modules)
import requests
print(requests.Session.__name__)
"""


def test_optional_libraries_are_not_loaded_at_the_start_and_can_be_imported_later() -> None:
    ran = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["", "FastAPI"]


def test_stripe_gateway_loads_no_synchronous_http_client() -> None:
    ran = subprocess.run([sys.executable, "-c", STRIPE_PROBE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["True False", "Session"]
