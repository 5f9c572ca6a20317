"""`umbral gateway new` writes a package that can be imported and registered, and fails the conformance kit with useful
instructions.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from tests.conformance.installing import installed_into
from umbral.cli.new_package.writing import NameRefused, write_gateway
from umbral.testing import descriptor_faults
from umbral.testing.conformance import BEHAVIOURS, Runner, Verdict, installed
from umbral_sandbox.server import running_sandbox
from umbral_sandbox.world.faults import CALL_FAULTS, Fault

NAME = "pagofacil"
AUTHORS_PAGE = Path(__file__).parents[2] / "docs" / "adding-a-gateway.md"


@pytest.mark.parametrize("name", ["", "x", "Bizum", "2pay", "../out", "pay pal", "class", "json", "a" * 40, "señal"])
def test_invalid_gateway_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused):
        write_gateway(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_existing_gateway_folder_is_refused_and_unchanged(tmp_path: Path) -> None:
    folder = write_gateway(NAME, tmp_path)
    (folder / "README.md").write_text("mine")

    with pytest.raises(NameRefused, match="already exists"):
        write_gateway(NAME, tmp_path)

    assert (folder / "README.md").read_text() == "mine"


def test_generated_gateway_package_is_registered_and_fails_the_kit_with_instructions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conformance_database: str
) -> None:
    installed_into(tmp_path / "site", write_gateway(NAME, tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    subject = installed(NAME)
    assert isinstance(subject.descriptor, GatewayDescriptor)
    assert descriptor_faults(NAME, subject.descriptor) == []
    with Runner(subject, conformance_database) as runner:
        outcomes = runner.outcomes()

    assert {each.behaviour.number for each in outcomes} == set(BEHAVIOURS)
    open_ends = [each for each in outcomes if each.verdict is Verdict.FAILS]
    assert sum("still to be written" in each.words for each in open_ends) > len(outcomes) / 2
    assert all(each.words for each in open_ends)


def test_page_for_gateway_authors_states_the_number_of_conformance_checks() -> None:
    assert f"{len(BEHAVIOURS)} behaviours" in AUTHORS_PAGE.read_text(encoding="utf-8")


async def test_rest_simulator_example_on_the_page_for_gateway_authors_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = re.search(r"^## Its REST calls$.*?^```python\n(.*?)^```$", AUTHORS_PAGE.read_text("utf-8"), re.M | re.S)
    assert code is not None
    (tmp_path / "mypay_rest.py").write_text(code[1], encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    written = import_module("mypay_rest")
    wanted = {"order": "o1", "minor": 2999, "currency": "EUR"}

    async with running_sandbox() as sandbox:
        app = FastAPI()
        app.include_router(written.rest(sandbox.world, lambda: "s3cret"))
        headers = {"Authorization": "Bearer s3cret", "Idempotency-Key": "k1"}
        shop = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mypay", headers=headers)
        async with shop:
            made = (await shop.post("/mypay/v1/payments", json=wanted)).json()
            assert made == wanted | {"id": made["id"], "state": "open"}
            assert (await shop.post("/mypay/v1/payments", json=wanted)).json() == made
            assert (await shop.get(f"/mypay/v1/payments/{made['id']}")).json() == made
            assert (await shop.get("/mypay/v1/payments/nobody")).status_code == 404
            assert (await shop.get("/mypay/v1/elsewhere")).status_code == 404
            assert (await shop.post("/mypay/v1/payments", json=wanted | {"tip": 1})).status_code == 422
            stranger = {"Authorization": "Bearer other"}
            assert (await shop.get(f"/mypay/v1/payments/{made['id']}", headers=stranger)).status_code == 401

            sandbox.world.wire.effects["mypay"] = CALL_FAULTS
            sandbox.world.wire.set_faults([Fault(on="mypay", do="flood", seconds=7, times=1)])
            busy = await shop.post("/mypay/v1/payments", json=wanted)
            assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")
        seen = [(call.method, call.state) for call in sandbox.world.wire.calls() if call.protocol == "mypay"]
        assert ("POST /v1/payments", "done") in seen
