"""Every path of the API requires an API key, whatever the HTTP method."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from features.api.web.operations import needed_to_change, needed_to_read
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.api_key import ApiKey
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.support.each_case import each_case
from web.authentication import BearerAuthentication, KeyCache
from web.feature import standalone_needs
from web.problems import V1

CHANGES = {**needed_to_change(), **standalone_needs()}
NEEDS = {**CHANGES, **needed_to_read()}
LISTED = [f"{V1}/{name}" for name, model in LISTS.items() if model.programs is not None]


async def _open(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"open"})


async def _no_keys() -> Sequence[ApiKey]:
    return []


async def _used(*_: object) -> None: ...


@each_case("method", ["GET", "POST"])
@each_case("path", sorted({*CHANGES, *LISTED}))
def test_request_without_a_key_is_refused(path: str, method: str) -> None:
    key_cache = KeyCache(None, _no_keys, _used, ManualClock(NOON))
    client = TestClient(BearerAuthentication(_open, NEEDS, CHANGES, key_cache))

    assert client.request(method, f"{path}/1").status_code == 401


def test_list_requires_its_declared_ability() -> None:
    for name, model in LISTS.items():
        if model.programs is not None:
            assert NEEDS[f"{V1}/{name}"] == model.programs.ability
