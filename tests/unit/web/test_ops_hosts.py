"""Check that the operator's port accepts only host names that an attacker cannot point at it (DNS rebinding)."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse

from web.ops_hosts import OpsHosts


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8001", 200),
        ("[::1]:8001", 200),
        ("localhost:8001", 200),
        ("web:8001", 200),
        ("umbral-web.shop.svc.cluster.local:8001", 200),
        ("console.example.com", 200),
        ("attacker.example", 421),
        ("127.0.0.1.attacker.example:8001", 421),
        ("console.example.com.attacker.example", 421),
        ("[::1", 421),
    ],
)
async def test_foreign_host_name_is_refused(host: str, status: int) -> None:
    app = OpsHosts(PlainTextResponse("figures"), ["https://console.example.com", "https://shop.example.com"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answer = await client.get("/metrics", headers={"host": host})
    assert answer.status_code == status
    assert ("figures" in answer.text) is (status == 200)


async def test_refused_host_response_states_its_charset() -> None:
    app = OpsHosts(PlainTextResponse("figures"), [])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://attacker.example") as client:
        assert (await client.get("/")).headers["content-type"] == "text/plain; charset=utf-8"
