"""Check that the installed gateways can read recorded payloads as webhooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from subscriptions.domain.ports.payment_gateway import PaymentEvent, WebhookRequest
from tests.fakes.gateway import MemoryGateway
from umbral.testing.payloads import Reader, Recording, WorldClock, main, opened, recordings
from umbral_sandbox.world.world import World

SETTING = "UMBRAL_PAYLOADS"
EVENT = {"id": "evt_1", "object": "event", "type": "customer.created", "created": 1, "data": {"object": {}}}


class Stumbling(MemoryGateway):
    """Gateway whose parser raises an error."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        raise KeyError("resource")


def folder(root: Path) -> Path:
    files = {
        "stripe/customer.created__somewhere.json": json.dumps(EVENT | {"livemode": False}),
        "stripe/live/customer.created__live.json": json.dumps(EVENT | {"livemode": True}),
        "stripe/resource.json": json.dumps({"id": "sub_1", "object": "subscription", "status": "active"}),
        "stripe/answer.json": "<html>502</html>",
        "stripe/list.json": "[1, 2]",
        "stripe/readme.txt": "not one of them",
    }
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return root


def test_every_recorded_payload_is_read_and_listed_with_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SETTING, str(folder(tmp_path)))

    assert main() == 0
    said = capsys.readouterr().out.splitlines()
    lines = dict(line.split(": ", 1) for line in said[:-1])
    assert said[-1] == "5 payloads"
    assert lines["stripe/customer.created__somewhere.json"] == "ignored"
    assert lines["stripe/live/customer.created__live.json"].startswith("ignored (with livemode turned round")
    for name in ("resource", "answer", "list"):
        assert lines[f"stripe/{name}.json"].startswith("MalformedWebhook: ")


def test_recordings_of_an_unknown_provider_are_reported_as_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nobody").mkdir()
    (tmp_path / "nobody" / "paid.json").write_text("{}")
    monkeypatch.setenv(SETTING, str(tmp_path))

    assert main() == 1
    assert capsys.readouterr().out == "nobody/paid.json: no gateway 'nobody' is installed\n1 payloads\n"


@pytest.mark.parametrize("given", [None, "", "/nowhere/at/all"])
def test_command_without_a_recordings_folder_explains_the_setting(
    given: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if given is None:
        monkeypatch.delenv(SETTING, raising=False)
    else:
        monkeypatch.setenv(SETTING, given)

    assert main() == 2
    assert "UMBRAL_PAYLOADS=DIR make payloads" in capsys.readouterr().err


async def test_unexpected_exception_is_reported_as_an_error() -> None:
    world = World()
    async with opened("stripe", world, "http://127.0.0.1:9") as reader:
        fine = await reader.read(Recording("stripe/event.json", json.dumps(EVENT)))
    broken = Reader("stripe", world, Stumbling(WorldClock(world)), modal=True)
    stumbled = await broken.read(Recording("a.json", "{}"))
    world.close()

    assert fine.fine
    assert (stumbled.line, stumbled.fine) == ("a.json: KeyError: 'resource'", False)


def test_only_json_files_in_a_provider_folder_are_recordings(tmp_path: Path) -> None:
    found = recordings(folder(tmp_path))
    assert [each.name for each in found["stripe"]] == sorted(each.name for each in found["stripe"])
    assert list(found) == ["stripe"]
    assert len(found["stripe"]) == 5
