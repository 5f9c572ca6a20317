"""The web process's app, which the command asks."""

from __future__ import annotations

from tests.integration.web.conftest import no_text_is_missing, site

__all__ = ["no_text_is_missing", "site"]
