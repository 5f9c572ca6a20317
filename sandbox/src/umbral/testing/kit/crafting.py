"""Forged webhook deliveries: genuine deliveries that were changed and then signed as the provider signs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from subscriptions.domain.ports.payment_gateway import Capability, TakesChatPayments, WebhookRequest
from umbral.testing.kit.behaviour import NotApplicable
from umbral.testing.kit.stage import Stage
from umbral_sandbox.payments.registry import payments_of

Path = tuple[str | int, ...]


def signed(stage: Stage, content: Any, at: datetime | None = None) -> WebhookRequest:
    """Return a delivery with this content (text unchanged, anything else as JSON).

    Raise NotApplicable if the provider could not sign such a delivery.
    """
    moment = at or stage.clock.now()
    if stage.has(Capability.IN_CHAT):
        return _sealed_update(stage, content, moment)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    try:
        headers, body = payments_of(stage.sandbox.world).deliveries.sealed(stage.code, text, moment)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotApplicable("the provider could not have signed that") from error
    lowered = {name.lower(): value for name, value in headers.items()}
    return WebhookRequest(headers=lowered, body=body, received_at=stage.clock.now())


def _sealed_update(stage: Stage, content: Any, moment: datetime) -> WebhookRequest:
    gateway = stage.gateway
    if not isinstance(content, dict) or not isinstance(gateway, TakesChatPayments):
        raise NotApplicable("the bot would never pass on such an update")
    sealed = gateway.seal_update(content, moment)
    if sealed is None:
        raise NotApplicable("the bot takes such an update for none about money")
    return sealed


def content_of(stage: Stage, post: WebhookRequest) -> Any:
    """Return the content of a delivery, without the members added by signing."""
    content = json.loads(post.body)
    if isinstance(content, dict) and not stage.has(Capability.IN_CHAT):
        for name in seal_members(stage, content):
            content = {key: value for key, value in content.items() if key != name}
    return content


def seal_members(stage: Stage, content: dict[str, Any]) -> list[str]:
    """Return the members of the body that signing adds; none if the signature is in the headers."""
    for name in content:
        rest = {key: value for key, value in content.items() if key != name}
        try:
            again = json.loads(signed(stage, rest).body)
        except NotApplicable:
            continue
        if isinstance(again, dict) and name in again:
            return [name]
    return []


def unsigned(stage: Stage, post: WebhookRequest) -> WebhookRequest:
    """Return a delivery without any proof of its origin."""
    body = post.body
    content = json.loads(body)
    if isinstance(content, dict) and seal_members(stage, content):
        body = json.dumps(content_of(stage, post)).encode()
    return WebhookRequest(headers={"content-type": "application/json"}, body=body, received_at=post.received_at)


def leaves(content: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that is not a list or an object, with its path."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, (*path, name))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from leaves(value, (*path, index))
    else:
        yield path, content


def changed(content: Any, path: Path, value: Any) -> Any:
    """Return a copy with another value at this path."""
    made = copy.deepcopy(content)
    _parent(made, path)[path[-1]] = value
    return made


def without(content: Any, path: Path) -> Any:
    """Return a copy without the value at this path."""
    made = copy.deepcopy(content)
    del _parent(made, path)[path[-1]]
    return made


def rewritten(content: Any, rewrite: Callable[[Any], Any]) -> Any:
    """Return a copy in which every value that is not a list or an object was passed through `rewrite`."""
    if isinstance(content, dict):
        return {name: rewritten(value, rewrite) for name, value in content.items()}
    if isinstance(content, list):
        return [rewritten(value, rewrite) for value in content]
    return rewrite(content)


def mentions(content: Any, word: str) -> list[Path]:
    """Return the paths of texts that contain this word."""
    return [path for path, value in leaves(content) if isinstance(value, str) and word in value]


def covers_body(stage: Stage, content: Any) -> bool:
    """Return True if the proof of origin covers the content, so that other content has another proof."""
    one, other = signed(stage, content), signed(stage, changed_somehow(content))
    return one.headers != other.headers or _seal(stage, one) != _seal(stage, other)


def changed_somehow(content: Any) -> Any:
    """Return a copy with one text changed."""
    path, value = next((path, value) for path, value in leaves(content) if isinstance(value, str) and value)
    return changed(content, path, f"{value}x")


def _seal(stage: Stage, post: WebhookRequest) -> Sequence[Any]:
    content = json.loads(post.body)
    return [content[name] for name in seal_members(stage, content)] if isinstance(content, dict) else []


def _parent(content: Any, path: Path) -> Any:
    for step in path[:-1]:
        content = content[step]
    return content
