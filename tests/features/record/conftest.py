"""Fixtures of a website with its API and console, for the tests of tips."""

from __future__ import annotations

from tests.integration.web.conftest import client, core, no_text_is_missing, olga, site, tables

__all__ = ["client", "core", "no_text_is_missing", "olga", "site", "tables"]
