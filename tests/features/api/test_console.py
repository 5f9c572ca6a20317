"""API keys in the console."""

from __future__ import annotations

import re

from subscriptions.domain.entities.api_key import ApiKey, digest_of
from tests.fakes import samples
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor
from tests.support.website import Website


async def test_key_is_created_shown_once_and_revoked(site: Website, olga: Visitor, tables: Tables) -> None:
    page = await olga.look("make_key", "new", key_name="contabilidad", abilities="payments")
    (secret,) = re.findall(r"umbral_[\w-]{43}", page)
    (row,) = await tables.rows("SELECT digest, abilities FROM api_keys")
    assert (row["digest"], row["abilities"]) == (digest_of(secret), "payments")
    key_id = ApiKey(name="", digest=row["digest"], abilities=frozenset(), created_at=samples.NOON).id
    page = await olga.page("/keys")
    assert (f"/admin/do/revoke_key/{key_id}" in page, secret in page) == (True, False)
    assert "ya hay una clave" in await olga.look("make_key", "new", key_name="contabilidad", abilities="payments")
    assert "ya no funciona" in await olga.do("revoke_key", key_id)
    assert await tables.rows("SELECT 1 FROM api_keys") == []
