"""Fixtures of a website with a sale, and of a browser that visits the website."""

from tests.integration.web.conftest import client, no_text_is_missing, olga, sale, site, tables
from tests.integration.web.test_console_jobs import browser, hands

__all__ = ["browser", "client", "hands", "no_text_is_missing", "olga", "sale", "site", "tables"]
