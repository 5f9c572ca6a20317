"""The web process's app, for the tests of the page."""

from __future__ import annotations

from tests.integration.web.conftest import client

__all__ = ["client"]
