"""Staff commands for endpoints: the secret is shown once, to its requester; a refusal names the field of the invalid
value.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from features.webhooks.commands import EndpointSecret
from features.webhooks.domain import TRIED_FOR, pause_after
from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.seals import NO_SEALS
from tests.fakes.shop import memory_shop
from tests.fakes.staff import SEALS, Staff

DOCUMENT = Path(__file__).parents[3] / "src" / "features" / "webhooks" / "docs.md"
SECRET = b"what only this wish knows, and is long enough"
HOOK = {"url": "https://n8n.example.com/hook"}


async def test_secret_is_stored_encrypted_and_shown_again_only_to_its_requester() -> None:
    shop = memory_shop()
    staff, wish = Staff(shop), uuid4()

    async def shown(secret: bytes) -> str | None:
        outcome = await staff(SHELL, "add_endpoint", "", wish, secret=secret, **HOOK)
        assert isinstance(outcome.result, EndpointSecret)
        return outcome.result.secret

    made = await shown(SECRET)
    assert made is not None
    assert await shown(SECRET) == made
    assert await shown(b"somebody else's secret, as long as that") is None
    (row,) = shop.memory.rows("receivers")
    assert (row.name, row.kinds, SEALS.unseal(row.secret)) == ("n8n.example.com", frozenset(), made)
    kept = [row, *shop.memory.rows("staff_operations"), *shop.memory.rows("audit_log")]
    assert made not in repr(kept)
    await staff(SHELL, "rotate_endpoint", row.name)
    assert await shown(SECRET) is None


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"url": "http://n8n.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://db.internal/"}, "url"),
        ({**HOOK, "events": "payment.everything"}, "events"),
        ({**HOOK, "events": "endpoint.tested"}, "events"),
        ({**HOOK, "endpoint_name": "known"}, "endpoint_name"),
    ],
)
async def test_refusal_of_an_invalid_endpoint_names_the_field(answers: dict[str, str], field: str) -> None:
    shop = memory_shop()
    staff = Staff(shop)
    await staff(SHELL, "add_endpoint", "", url="https://known.example/", endpoint_name="known")
    with pytest.raises(InputsRefused) as refused:
        await staff(SHELL, "add_endpoint", "", **answers)
    assert set(refused.value.errors) == {field}
    if field == "url":
        with pytest.raises(InputsRefused) as refused:
            await staff(SHELL, "change_endpoint", "known", **answers)
        assert set(refused.value.errors) == {field}
    assert len(shop.memory.rows("receivers")) == 1


async def test_endpoint_needs_the_webhook_key_and_a_disabled_endpoint_is_tested_only_after_resuming() -> None:
    shop = memory_shop()
    with pytest.raises(InputsRefused) as refused:
        await Staff(shop, seals=NO_SEALS)(SHELL, "add_endpoint", "", **HOOK)
    assert refused.value.errors["url"].key == "endpoint_key"
    staff = Staff(shop)
    await staff(SHELL, "add_endpoint", "", **HOOK)
    async with shop.units() as uow:
        (endpoint,) = await uow.of(ENDPOINTS_KEY).all()
        held = await uow.of(ENDPOINTS_KEY).get(endpoint.id, lock=True)
        assert held is not None
        held.switch_off("failing", shop.clock.now())
        await uow.of(ENDPOINTS_KEY).save(held)
        await uow.commit()
    with pytest.raises(NothingToDo):
        await staff(SHELL, "test_endpoint", endpoint.name)
    await staff(SHELL, "resume_endpoint", endpoint.name)
    await staff(SHELL, "test_endpoint", endpoint.name)
    jobs = shop.memory.jobs_named("core.tell_receiver")
    assert [job.key for job in jobs] == [str(endpoint.id)] * 2


def test_webhooks_page_states_the_retry_delays() -> None:
    *pauses, last = (pause_after(tries) for tries in range(9))
    assert pause_after(99) == last
    said = ", ".join(_said(pause) for pause in pauses)
    assert f"An event is tried after {said}, then every {_said(last)}, for three days." in DOCUMENT.read_text()
    assert timedelta(days=3) == TRIED_FOR


def _said(pause: timedelta) -> str:
    seconds = int(pause.total_seconds())
    size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds % size == 0)
    return f"{seconds // size} {unit}"
