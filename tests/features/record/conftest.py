"""A site with its API and console."""

from __future__ import annotations

from tests.integration.web.conftest import client, core, no_text_is_missing, olga, site, tables

__all__ = ["client", "core", "no_text_is_missing", "olga", "site", "tables"]
