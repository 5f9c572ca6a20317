"""A request with an unsupported method is answered with the documented methods of the path (RFC 9110, 10.2.1)."""

from __future__ import annotations

import re

import httpx

from tests.features.api.test_description import stocked
from tests.support.website import Website

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


async def test_allow_header_lists_the_documented_methods(site: Website) -> None:
    headers = {"Authorization": f"Bearer {await stocked(site)}"}
    async with httpx.AsyncClient(base_url=site.url, headers=headers) as http:
        paths = (await http.get("/api/v1/openapi.json")).json()["paths"]
        for path, item in paths.items():
            described = {method.upper() for method in item} & set(METHODS)
            for method in sorted(set(METHODS) - described):
                answer = await http.request(method, re.sub(r"\{[^}]+\}", "7", path))
                if answer.status_code == 405:
                    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == described, (method, path)
