"""Staff commands for webhook endpoints: add, change, test, rotate, resume, replay and remove an endpoint."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from features.webhooks.alarms import WebhookEndpointOff
from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent, OutgoingState
from features.webhooks.jobs import SendToEndpoint
from features.webhooks.ports import ENDPOINTS_KEY
from features.webhooks.subjects import DELIVERY, ENDPOINT, EVERYTHING
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, choice, whole
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import new_uuid, random_bytes
from subscriptions.domain.ports.seals import Seals
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

NAME_LIMIT: Final = 80
ADDRESS_LIMIT: Final = 2000
MOST: Final = 50
"""Maximum number of endpoints. Each webhook event is stored once per endpoint."""
OUTGOING_KINDS: Final = tuple(each for each in EventKind if each is not EventKind.ENDPOINT_TESTED)
"""Event kinds that an endpoint can subscribe to; the test event is sent regardless of the subscription."""
KEPT_DAYS: Final = 30
"""Retention period of webhook events, in days. An event can be replayed during that period."""
_SECRET_BYTES: Final = 32
_KEY: Final = "WEBHOOK_KEY"


def _address(answer: Answer, _: Answers) -> str:
    address = answer.text.strip()
    if not address or len(address) > ADDRESS_LIMIT:
        raise Wrong("endpoint_url")
    return address


def _name(answer: Answer, _: Answers) -> str:
    name = answer.text.strip()
    if not name.isprintable() or len(name) > NAME_LIMIT:
        raise Wrong("endpoint_name", limit=str(NAME_LIMIT))
    return name


def _events(answer: Answer, _: Answers) -> str:
    names = sorted(set(answer.text.replace(",", " ").split()))
    strangers = [name for name in names if name not in {*OUTGOING_KINDS, EVERYTHING}]
    if strangers:
        raise Wrong("endpoint_events", given=", ".join(strangers)[:NAME_LIMIT], known=", ".join(OUTGOING_KINDS))
    return EVERYTHING if not names or EVERYTHING in names else ",".join(names)


def _kinds(text: str) -> frozenset[str]:
    return frozenset() if text == EVERYTHING else frozenset(text.split(","))


ADDRESS: Final[Input[str]] = Input(
    name="url",
    kind=InputKind.TEXT,
    parse=_address,
    value=str,
    limits=(1, ADDRESS_LIMIT),
)
NAME: Final[Input[str]] = Input(
    name="endpoint_name", kind=InputKind.TEXT, parse=_name, value=str, limits=(0, NAME_LIMIT), default="", rare=True
)
"""Input for the name of the endpoint; defaults to the host of its URL."""
EVENTS: Final[Input[frozenset[str]]] = Input(
    name="events", kind=InputKind.MANY, parse=_events, value=_kinds, default=EVERYTHING
)
"""Input for the event kinds that the endpoint receives, separated by commas."""
REPLAY_DAYS: Final[Input[int]] = Input(
    name="since_days",
    kind=InputKind.NUMBER,
    parse=whole(1, KEPT_DAYS, "duration_days"),
    value=int,
    limits=(1, KEPT_DAYS),
)
WHICH: Final[Input[bool]] = Input(
    name="which",
    kind=InputKind.CHOICE,
    parse=choice,
    value=lambda text: text == EVERYTHING,
    default=OutgoingState.GIVEN_UP,
)
"""Input for the selection of events to replay: only undelivered events, or all events."""


@dataclass(frozen=True, kw_only=True)
class EndpointSecret:
    """Signing secret of an endpoint. `secret`: None if the command is repeated and the secret can't be shown again."""

    endpoint: str
    secret: str | None

    @property
    def name(self) -> str:
        """Return the label of the secret on the page that shows the secret."""
        return self.endpoint


class EndpointCommand(StaffCommand):
    """Base class of the staff commands on webhook endpoints."""

    permission = StaffAction.MANAGE_PROGRAMS
    subject = ENDPOINT

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices for an input: the event kinds, or the two selections of events to replay."""
        if asked_input is EVENTS:
            return [Choice(each) for each in (EVERYTHING, *OUTGOING_KINDS)]
        return [Choice(each) for each in (OutgoingState.GIVEN_UP, EVERYTHING)] if asked_input is WHICH else []


class SecretCommand(EndpointCommand):
    """Base class of commands that show a signing secret once.

    The secret is derived from the secret of the request, so that repeating the request shows the same signing secret.
    """

    seals: Seals
    result = EndpointSecret
    needs_confirmation = False

    def _outcome(self, name: str, endpoint: OutgoingEndpoint, secret: str | None, action: str) -> Outcome:
        result, facts = EndpointSecret(endpoint=endpoint.name, secret=secret), {"endpoint": endpoint.name}
        audit = [_entry(endpoint, action)] if action else ()
        return Outcome(name=name, facts=facts, audit=audit, result=result)

    def _seal(self, secret: str) -> str:
        try:
            return self.seals.seal(secret)
        except InvalidInput as error:
            if self.inputs:
                raise Wrong("endpoint_key", question=self.inputs[0].name) from error
            raise NothingToDo(f"{_KEY} is not set") from error

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the signing secret again to a caller who repeats the request with the same request secret, as long as
        the signing secret is in use. Raises NothingToDo if the endpoint was removed.
        """
        name = str(outcome.facts["endpoint"])
        endpoint = next((each for each in await execution.uow.of(ENDPOINTS_KEY).all() if each.name == name), None)
        if endpoint is None:
            raise NothingToDo("it was removed")
        secret = _secret(execution)
        same = execution.secret is not None and self.seals.unseal(endpoint.secret) == secret
        return self._outcome(outcome.name, endpoint, secret if same else None, "")


class AddEndpoint(SecretCommand):
    """Staff command that adds an endpoint and shows its signing secret."""

    name = "add_endpoint"
    panel_name = "endpoint.new"
    subject = SubjectKind.SHOP
    makes = ENDPOINT
    begins = True
    inputs = (ADDRESS, NAME, EVENTS)
    outcomes = ("added",)

    async def run(self, execution: Execution) -> Outcome:
        """Add the endpoint. Raises Wrong if the URL is refused, the name is taken, or the limit of endpoints is
        reached.
        """
        url = _check(self.seals, execution[ADDRESS])
        name = execution[NAME] or (urlsplit(url).hostname or "")
        if len(await execution.uow.of(ENDPOINTS_KEY).all()) >= MOST:
            raise Wrong("endpoints_many", question=NAME.name, limit=str(MOST))
        secret = _secret(execution)
        endpoint = OutgoingEndpoint(
            id=new_uuid(),
            name=name,
            url=url,
            kinds=execution[EVENTS],
            secret=self._seal(secret),
            created_at=execution.at,
        )
        if not await execution.uow.of(ENDPOINTS_KEY).add_if_new(endpoint):
            raise Wrong("endpoint_taken", question=NAME.name, given=name)
        return self._outcome("added", endpoint, secret, "endpoint.added")


class ChangeEndpoint(EndpointCommand):
    """Staff command that changes the URL or the subscribed events of an endpoint."""

    seals: Seals
    name = "change_endpoint"
    panel_name = "endpoint.edit"
    inputs = (ADDRESS, EVENTS)
    outcomes = ("changed", "unchanged")

    async def run(self, execution: Execution) -> Outcome:
        """Save the new URL or event kinds. Events that are already queued are delivered to the new URL."""
        endpoint = await _lock(execution)
        url, kinds = _check(self.seals, execution[ADDRESS]), execution[EVENTS]
        if (url, kinds) == (endpoint.url, endpoint.kinds):
            return Outcome(name="unchanged", facts={"endpoint": endpoint.name})
        facts = {"endpoint": endpoint.name, "before": endpoint.url, "after": url}
        endpoint.url, endpoint.kinds = url, kinds
        await execution.uow.of(ENDPOINTS_KEY).save(endpoint)
        return Outcome(
            name="changed", facts={"endpoint": endpoint.name}, audit=[_entry(endpoint, "endpoint.changed", facts)]
        )


class RotateEndpoint(SecretCommand):
    """Staff command that rotates the signing secret of an endpoint. For a day, events are signed with both secrets."""

    name = "rotate_endpoint"
    panel_name = "endpoint.secret"
    outcomes = ("rotated",)
    needs_confirmation = True

    async def run(self, execution: Execution) -> Outcome:
        """Rotate the secret. Until the receiving program is changed, it can verify deliveries with the old secret."""
        endpoint, secret = await _lock(execution), _secret(execution)
        endpoint.rotate(self._seal(secret), execution.at)
        await execution.uow.of(ENDPOINTS_KEY).save(endpoint)
        return self._outcome("rotated", endpoint, secret, "endpoint.rotated")


class TryEndpoint(EndpointCommand):
    """Staff command that sends a test event to an endpoint."""

    name = "test_endpoint"
    panel_name = "endpoint.test"
    outcomes = ("sent",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the test event, regardless of the endpoint's subscriptions. Raises NothingToDo if the endpoint is
        disabled; it must be resumed first.
        """
        endpoint = await _lock(execution)
        if endpoint.off_since is not None:
            raise NothingToDo("it is off")
        event = OutgoingEvent(
            id=uuid5(execution.operation, "event"),
            receiver_id=endpoint.id,
            kind=EventKind.ENDPOINT_TESTED,
            customer_id=None,
            facts={"endpoint": endpoint.name},
            happened_at=execution.at,
            begun_at=execution.at,
            next_at=execution.at,
        )
        await execution.uow.of(ENDPOINTS_KEY).add_event(event)
        endpoint.rests_until = None
        await execution.uow.of(ENDPOINTS_KEY).save(endpoint)
        await _send(execution, endpoint.id)
        return Outcome(name="sent", facts={"endpoint": endpoint.name})


class ResumeEndpoint(EndpointCommand):
    """Staff command that re-enables an endpoint. Queued events are delivered first."""

    name = "resume_endpoint"
    panel_name = "endpoint.on"
    outcomes = ("resumed",)

    async def run(self, execution: Execution) -> Outcome:
        """Re-enable the endpoint, and make its waiting events due now."""
        endpoint = await _lock(execution)
        endpoint.switch_on()
        await execution.uow.of(ENDPOINTS_KEY).save(endpoint)
        await execution.uow.of(ENDPOINTS_KEY).try_anew(endpoint.id, execution.at)
        await keep_alarm(execution.uow, WebhookEndpointOff, str(endpoint.id), None, execution.at)
        await _send(execution, endpoint.id)
        facts = {"endpoint": endpoint.name}
        return Outcome(name="resumed", facts=facts, audit=[_entry(endpoint, "endpoint.resumed")])


class ReplayEndpoint(EndpointCommand):
    """Staff command that replays an endpoint's events of the last days: only undelivered events, or all events."""

    name = "replay_endpoint"
    panel_name = "endpoint.replay"
    inputs = (REPLAY_DAYS, WHICH)
    outcomes = ("replayed",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the events again under their original ids."""
        endpoint = await _lock(execution)
        start = execution.at - timedelta(days=execution[REPLAY_DAYS])
        count = await execution.uow.of(ENDPOINTS_KEY).replay(
            endpoint.id, start, execution.at, with_delivered=execution[WHICH]
        )
        await _send(execution, endpoint.id)
        facts: dict[str, str | int] = {"endpoint": endpoint.name, "n": count}
        return Outcome(name="replayed", facts=facts, audit=[_entry(endpoint, "endpoint.replayed")] if count else ())


class RemoveEndpoint(EndpointCommand):
    """Staff command that deletes an endpoint and its delivery log."""

    name = "remove_endpoint"
    panel_name = "endpoint.remove"
    outcomes = ("removed",)

    async def run(self, execution: Execution) -> Outcome:
        """Delete the endpoint permanently."""
        endpoint = await _lock(execution)
        await execution.uow.of(ENDPOINTS_KEY).remove(endpoint.id)
        await keep_alarm(execution.uow, WebhookEndpointOff, str(endpoint.id), None, execution.at)
        facts = {"endpoint": endpoint.name}
        return Outcome(name="removed", facts=facts, audit=[_entry(endpoint, "endpoint.removed")])


class RepeatDelivery(StaffCommand):
    """Staff command that sends one webhook event again, whether or not it was delivered."""

    name = "repeat_delivery"
    panel_name = "endpoint.again"
    permission = StaffAction.MANAGE_PROGRAMS
    subject = DELIVERY
    outcomes = ("queued",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the event again under its original id. Raises NothingToDo if the endpoint is disabled or deleted."""
        event = await execution.uow.of(ENDPOINTS_KEY).event(execution.subject_id)
        endpoint = await execution.uow.of(ENDPOINTS_KEY).get(event.receiver_id) if event is not None else None
        if event is None or endpoint is None or endpoint.off_since is not None:
            raise NothingToDo("its endpoint is off, or gone")
        await execution.uow.of(ENDPOINTS_KEY).repeat(event.id, execution.at)
        await _send(execution, endpoint.id)
        facts = {"endpoint": endpoint.name, "event": str(event.kind)}
        audit = [_entry(endpoint, "endpoint.repeated", facts)]
        return Outcome(name="queued", facts={"endpoint": endpoint.name}, audit=audit)


def _check(seals: Seals, url: str) -> str:
    try:
        return seals.check_address(url)
    except InvalidInput as error:
        raise Wrong("endpoint_url", question=ADDRESS.name) from error


async def _lock(execution: Execution) -> OutgoingEndpoint:
    endpoint = await execution.uow.of(ENDPOINTS_KEY).get(execution.subject_id, lock=True)
    if endpoint is None:
        raise NothingToDo("no such endpoint")
    return endpoint


async def _send(execution: Execution, receiver_id: UUID) -> None:
    await execution.uow.enqueue(SendToEndpoint(receiver_id=receiver_id).delayed_job(execution.at, receiver_id))


def _entry(endpoint: OutgoingEndpoint, action: str, facts: Mapping[str, str] | None = None) -> AuditEntry:
    return AuditEntry(subject=endpoint.name, facts=facts or {"endpoint": endpoint.name}, action=action)


def _secret(execution: Execution) -> str:
    digest = hmac.digest(execution.secret or random_bytes(_SECRET_BYTES), b"umbral webhook secret", "sha256")
    return "whsec_" + base64.b64encode(digest).decode()
