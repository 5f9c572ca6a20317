"""Wrong arguments in a language model's tool call: the error names the argument, and no request is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from mcp import types

from features.mcp.server import Operation, Tools

NOTE = Operation(
    name="note",
    method="POST",
    path="/api/v1/customers/{telegram_id}/note",
    says="Note",
    schema={},
    locations={"telegram_id": "path", "Idempotency-Key": "header"},
)
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"Idempotency-Key": "k"}, "telegram_id: is missing"),
        ({"telegram_id": None, "Idempotency-Key": "k"}, "telegram_id: is missing"),
        ({"telegram_id": 7, "Idempotency-Key": "a\nb"}, "Idempotency-Key: send printable ASCII"),
        ({"telegram_id": 7, "Idempotency-Key": "ñ"}, "Idempotency-Key: send printable ASCII"),
        ({"telegram_id": "9" * 100_000, "Idempotency-Key": "k"}, "no request can hold this"),
        ({"telegram_id": 7, "Idempotency-Key": "k", "body": {"note": float("nan")}}, "no request can hold this"),
        ({"telegram_id": 7, "Idempotency-Key": "k", "body": {"note": "\ud800"}}, "no request can hold this"),
    ],
)
async def test_refusal_of_a_tool_call_names_the_invalid_argument(arguments: Mapping[str, Any], said: str) -> None:
    async with httpx.AsyncClient(base_url=NOWHERE, trust_env=False) as http:
        result = await Tools(http, {NOTE.name: NOTE}).call(
            None, types.CallToolRequestParams(name=NOTE.name, arguments=dict(arguments))
        )
    (part,) = result.content
    assert isinstance(part, types.TextContent)
    assert (result.is_error, part.text[: len(said)]) == (True, said)
