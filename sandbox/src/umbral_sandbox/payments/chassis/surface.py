"""The control room's surface of an account at a provider, as far as it is the same at all of them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

from umbral_sandbox.payments.chassis.books import Books
from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.simulator import ActionRefused, Simulator, Webhooks

S = TypeVar("S", bound=BaseModel)

#: How many real seconds webhooks wait: those told "after" for the page to have returned; None: for ever.
_WAITS: Final[Mapping[Webhooks, float | None]] = {"before": 0.0, "after": 1.0, "never": None}


def joined(*routers: APIRouter) -> APIRouter:
    """The API and the pages as one."""
    whole = APIRouter()
    for each in routers:
        whole.routes.extend(each.routes)
    return whole


def refuse_unknown(options: Mapping[str, str], known: Collection[str]) -> None:
    """ValueError for an option that the account does not have."""
    if unknown := set(options) - set(known):
        raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")


def state_of(simulator: Simulator) -> JsonValue:
    """All three kinds of things that a simulator shows."""
    return {
        "checkouts": [each.model_dump(mode="json") for each in simulator.checkouts()],
        "subscriptions": [each.model_dump(mode="json") for each in simulator.subscriptions()],
        "payments": [each.model_dump(mode="json") for each in simulator.payments()],
    }


@contextmanager
def at_the_page(books: Books[S], webhooks: Webhooks | None) -> Iterator[list[int]]:
    """What a payer does inside may turn out to be impossible; gives the ids of the webhooks it caused."""
    with refused_like(CannotPay), books.webhooks(_WAITS[webhooks or "before"]) as sent:
        yield sent


@contextmanager
def refused_like(refusal: type[Exception]) -> Iterator[None]:
    """What is refused so inside, the control room refuses in the same words."""
    try:
        yield
    except refusal as error:
        raise ActionRefused(str(error)) from error
