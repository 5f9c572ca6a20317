"""Functions that the simulators of all providers share to implement the interface of `Simulator`."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

from umbral_sandbox.payments.chassis.books import Books
from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.simulator import ActionRefused, Simulator, Webhooks

S = TypeVar("S", bound=BaseModel)

#: Delay of webhooks in real seconds: "after" lets the page return first; None: never sent.
_WAITS: Final[Mapping[Webhooks, float | None]] = {"before": 0.0, "after": 1.0, "never": None}


def joined(*routers: APIRouter) -> APIRouter:
    """Combine the routers of the API and the pages."""
    whole = APIRouter()
    for each in routers:
        whole.routes.extend(each.routes)
    return whole


def refuse_unknown(options: Mapping[str, str], known: Collection[str]) -> None:
    """Raise ValueError for an option that the account does not have."""
    if unknown := set(options) - set(known):
        raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")


def state_of(simulator: Simulator) -> JsonValue:
    """Return the checkouts, subscriptions and payments of a simulator."""
    return {
        "checkouts": [each.model_dump(mode="json") for each in simulator.checkouts()],
        "subscriptions": [each.model_dump(mode="json") for each in simulator.subscriptions()],
        "payments": [each.model_dump(mode="json") for each in simulator.payments()],
    }


@contextmanager
def at_the_page(books: Books[S], webhooks: Webhooks | None) -> Iterator[list[int]]:
    """Run a payer's action; turn CannotPay into ActionRefused, and yield the ids of the webhooks that the action
    caused.
    """
    with refused_like(CannotPay), books.webhooks(_WAITS[webhooks or "before"]) as sent:
        yield sent


@contextmanager
def refused_like(refusal: type[Exception]) -> Iterator[None]:
    """Turn an exception of this class, raised in the block, into ActionRefused with the same text."""
    try:
        yield
    except refusal as error:
        raise ActionRefused(str(error)) from error
