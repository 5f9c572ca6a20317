"""Fixtures for tests of the Mini App's page: the app of the web process."""

from __future__ import annotations

from tests.integration.web.conftest import client

__all__ = ["client"]
