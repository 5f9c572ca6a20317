"""Routes that pay or decline invoices in Stars."""

import time
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, message_of, peer_of, person_of
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.telegram.star_records import Invoice, PreCheckout
from umbral_sandbox.world.telegram.stars import ANSWER_WITHIN
from umbral_sandbox.world.world import World

router = APIRouter()


class InvoiceChoice(BaseModel):
    """Message with the invoice, or with the button that leads to the invoice; or the invoice link that a Mini App
    opened.
    """

    model_config = ConfigDict(extra="forbid")

    peer: str | int = ""
    message_id: int = 0
    url: str | None = None


class StarsResult(BaseModel):
    """Result of a payment. refused: reason of a refusal by the bot, by its missing answer, or by Telegram's rules."""

    result: Literal["paid", "declined", "refused"]
    refused: str | None = None
    charge_id: str | None = None


@router.post("/users/{user_id}/pay_stars", response_model_exclude_unset=True)
async def pay_stars(world: WorldDep, user_id: int, choice: InvoiceChoice) -> StarsResult:
    """Pay the invoice, after the bot's approval."""
    invoice = _invoice(world, user_id, choice)
    try:
        asked = world.telegram.stars.begin(user_id, invoice)
    except Refused as refused:
        return StarsResult(result="refused", refused=str(refused))
    world.commit()
    if not await _agreed(world, asked):
        return StarsResult(result="refused", refused=asked.error or "the bot did not answer in time")
    payment = world.telegram.stars.complete(asked)
    world.commit()
    return StarsResult(result="paid", charge_id=payment.charge_id)


@router.post("/users/{user_id}/decline_stars", response_model_exclude_unset=True)
async def decline_stars(world: WorldDep, user_id: int, choice: InvoiceChoice) -> StarsResult:
    """Close the invoice without paying; the bot receives no update, as on Telegram."""
    _invoice(world, user_id, choice)
    return StarsResult(result="declined")


def _invoice(world: World, user_id: int, choice: InvoiceChoice) -> Invoice:
    person = person_of(world, user_id)
    if choice.url is not None:
        invoice = world.telegram.stars.linked(choice.url)
    else:
        invoice = world.telegram.stars.invoice_of(
            message_of(world, person, peer_of(world, choice.peer), choice.message_id)
        )
    if invoice is None:
        raise ControlError("no invoice belongs to this message or link")
    return invoice


async def _agreed(world: World, asked: PreCheckout) -> bool:
    until = time.monotonic() + ANSWER_WITHIN.total_seconds()
    while not asked.answered and not world.feed.closed:
        left = until - time.monotonic()
        if left <= 0:
            return False
        await world.feed.wait(left)
    return asked.approved
