"""Fixtures for the tests of the API: the app of the web process, and its clients."""

from __future__ import annotations

from tests.integration.web.conftest import client, core, no_text_is_missing, olga, sale, site, tables

__all__ = ["client", "core", "no_text_is_missing", "olga", "sale", "site", "tables"]
