"""Interception of every method call on a payment gateway, including the methods of optional capabilities."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast

from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    PaymentGateway,
    UnreadableAnswer,
)
from subscriptions.domain.tracing import call
from subscriptions.infrastructure.tally import PROVIDER_CALLS, count

_NO_QUESTION: Final = frozenset({"parse_webhook", "aclose"})
P = ParamSpec("P")
T = TypeVar("T")


class Interceptor(Protocol):
    """Function that intercepts a call."""

    async def __call__(self, what: str, ask: Callable[[], Awaitable[T]], /) -> T:
        """Make or replace the intercepted call.

        what: name of the gateway's method
        ask: function that makes the call
        """
        ...


def wrap(gateway: PaymentGateway, interceptor: Interceptor, kind: str) -> PaymentGateway:
    """Wrap a gateway so that each call goes through `interceptor`. The capabilities stay the same. `kind`: prefix of
    the name of the new class.
    """
    members = dict[str, Any]()
    for name in (each for each in dir(gateway) if not each.startswith("_")):
        member = getattr(gateway, name)
        if inspect.iscoroutinefunction(member) and name not in _NO_QUESTION:
            members[name] = staticmethod(_wrap(interceptor, name, member))
        else:
            members[name] = property(partial(_member, gateway, name))
    return cast(PaymentGateway, type(f"{kind}{type(gateway).__name__}", (), members)())


def count_calls(gateway: PaymentGateway) -> PaymentGateway:
    """Wrap a gateway so that each of its calls is counted and traced."""
    provider = gateway.name

    async def ask(what: str, question: Callable[[], Awaitable[T]]) -> T:
        result = "ok"
        try:
            with call(f"{provider} {what}"):
                return await question()
        except GatewayRejected:
            result = "rejected"
            raise
        except UnreadableAnswer:
            result = "unreadable"
            raise
        except GatewayUnavailable:
            result = "unavailable"
            raise
        finally:
            count(PROVIDER_CALLS, provider, result)

    return wrap(gateway, ask, "Counted")


def _member(gateway: PaymentGateway, name: str, instance: object) -> Any:
    return getattr(gateway, name)


def _wrap(interceptor: Interceptor, name: str, method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    @wraps(method)
    async def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        return await interceptor(name, lambda: method(*args, **kwargs))

    return ask
