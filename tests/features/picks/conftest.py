"""Fixtures of a website with its API, for the tests of posts."""

from __future__ import annotations

from tests.integration.web.conftest import client, core, no_text_is_missing, site, tables

__all__ = ["client", "core", "no_text_is_missing", "site", "tables"]
