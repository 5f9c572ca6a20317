"""The web process's app and its clients, for the tests of the API."""

from __future__ import annotations

from tests.integration.web.conftest import client, core, no_text_is_missing, olga, sale, site, tables

__all__ = ["client", "core", "no_text_is_missing", "olga", "sale", "site", "tables"]
