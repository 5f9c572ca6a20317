"""The web process's app, which `umbral mcp` calls."""

from __future__ import annotations

from tests.integration.web.conftest import no_text_is_missing, site

__all__ = ["no_text_is_missing", "site"]
