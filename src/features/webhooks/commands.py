"""Staff commands for webhook endpoints: add, change, test, rotate, resume, replay and remove an endpoint."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from features.webhooks.alarms import WebhookReceiverOff
from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent, OutgoingState
from features.webhooks.jobs import TellReceiver
from features.webhooks.ports import RECEIVERS_KEY
from features.webhooks.subjects import DELIVERY, ENDPOINT, EVERYTHING
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, choice, whole
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
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
"""Name of the endpoint; defaults to the host of its URL."""
EVENTS: Final[Input[frozenset[str]]] = Input(
    name="events", kind=InputKind.MANY, parse=_events, value=_kinds, default=EVERYTHING
)
"""Event kinds that the endpoint receives, separated by commas."""
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
"""Selection of events to replay: only those that were not delivered, or all of them."""


@dataclass(frozen=True, kw_only=True)
class EndpointSecret:
    """Signing secret of an endpoint. `secret`: None if the command is repeated and the secret can't be shown again."""

    endpoint: str
    secret: str | None

    @property
    def name(self) -> str:
        """Label of the secret on the page that shows it."""
        return self.endpoint


class EndpointAct(StaffCommand):
    """Base class of the commands on endpoints."""

    permission = StaffAction.MANAGE_PROGRAMS
    subject = ENDPOINT

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the event kinds, or the selections of a replay."""
        if asked_input is EVENTS:
            return [Choice(each) for each in (EVERYTHING, *OUTGOING_KINDS)]
        return [Choice(each) for each in (OutgoingState.GIVEN_UP, EVERYTHING)] if asked_input is WHICH else []


class SecretAct(EndpointAct):
    """Base class of commands that show a signing secret once.

    The secret is derived from the secret of the request, so that repeating the request shows the same signing secret.
    """

    seals: Seals
    result = EndpointSecret
    needs_confirmation = False

    def _outcome(self, name: str, receiver: OutgoingEndpoint, secret: str | None, action: str) -> Outcome:
        result, facts = EndpointSecret(endpoint=receiver.name, secret=secret), {"endpoint": receiver.name}
        audit = [_entry(receiver, action)] if action else ()
        return Outcome(name=name, facts=facts, audit=audit, result=result)

    def _seal(self, secret: str) -> str:
        try:
            return self.seals.seal(secret)
        except InvalidInput as error:
            if self.inputs:
                raise Wrong("endpoint_key", question=self.inputs[0].name) from error
            raise NothingToDo(f"{_KEY} is not set") from error

    async def recall(self, act: Act, outcome: Outcome) -> Outcome:
        """Return the signing secret again to a caller who repeats the request with the same request secret, as long as
        the signing secret is in use. Raises NothingToDo if the endpoint was removed.
        """
        name = str(outcome.facts["endpoint"])
        receiver = next((each for each in await act.uow.of(RECEIVERS_KEY).all() if each.name == name), None)
        if receiver is None:
            raise NothingToDo("it was removed")
        secret = _secret(act)
        same = act.secret is not None and self.seals.unseal(receiver.secret) == secret
        return self._outcome(outcome.name, receiver, secret if same else None, "")


class AddEndpoint(SecretAct):
    """Staff command that adds an endpoint and shows its signing secret."""

    name = "add_endpoint"
    panel_name = "endpoint.new"
    subject = SubjectKind.SHOP
    makes = ENDPOINT
    begins = True
    inputs = (ADDRESS, NAME, EVENTS)
    outcomes = ("added",)

    async def run(self, act: Act) -> Outcome:
        """Add the endpoint. Raises Wrong if the URL is refused, the name is taken, or the limit of endpoints is
        reached.
        """
        url = _check(self.seals, act[ADDRESS])
        name = act[NAME] or (urlsplit(url).hostname or "")
        if len(await act.uow.of(RECEIVERS_KEY).all()) >= MOST:
            raise Wrong("endpoints_many", question=NAME.name, limit=str(MOST))
        secret = _secret(act)
        receiver = OutgoingEndpoint(
            id=new_uuid(), name=name, url=url, kinds=act[EVENTS], secret=self._seal(secret), created_at=act.at
        )
        if not await act.uow.of(RECEIVERS_KEY).add_if_new(receiver):
            raise Wrong("endpoint_taken", question=NAME.name, given=name)
        return self._outcome("added", receiver, secret, "endpoint.added")


class ChangeEndpoint(EndpointAct):
    """Staff command that changes the URL or the subscribed events of an endpoint."""

    seals: Seals
    name = "change_endpoint"
    panel_name = "endpoint.edit"
    inputs = (ADDRESS, EVENTS)
    outcomes = ("changed", "unchanged")

    async def run(self, act: Act) -> Outcome:
        """Save the new values. Queued events are delivered to the new URL."""
        receiver = await _lock(act)
        url, kinds = _check(self.seals, act[ADDRESS]), act[EVENTS]
        if (url, kinds) == (receiver.url, receiver.kinds):
            return Outcome(name="unchanged", facts={"endpoint": receiver.name})
        facts = {"endpoint": receiver.name, "before": receiver.url, "after": url}
        receiver.url, receiver.kinds = url, kinds
        await act.uow.of(RECEIVERS_KEY).save(receiver)
        return Outcome(
            name="changed", facts={"endpoint": receiver.name}, audit=[_entry(receiver, "endpoint.changed", facts)]
        )


class RotateEndpoint(SecretAct):
    """Staff command that rotates the signing secret of an endpoint. For a day, events are signed with both secrets."""

    name = "rotate_endpoint"
    panel_name = "endpoint.secret"
    outcomes = ("rotated",)
    needs_confirmation = True

    async def run(self, act: Act) -> Outcome:
        """Rotate the secret. Until the receiving program is changed, it can verify deliveries with the old secret."""
        receiver, secret = await _lock(act), _secret(act)
        receiver.rotate(self._seal(secret), act.at)
        await act.uow.of(RECEIVERS_KEY).save(receiver)
        return self._outcome("rotated", receiver, secret, "endpoint.rotated")


class TryEndpoint(EndpointAct):
    """Staff command that sends a test event to an endpoint."""

    name = "test_endpoint"
    panel_name = "endpoint.test"
    outcomes = ("sent",)

    async def run(self, act: Act) -> Outcome:
        """Queue the test event whatever the endpoint subscribes to. Raises NothingToDo if the endpoint is disabled; it
        must be resumed first.
        """
        receiver = await _lock(act)
        if receiver.off_since is not None:
            raise NothingToDo("it is off")
        event = OutgoingEvent(
            id=uuid5(act.operation, "event"),
            receiver_id=receiver.id,
            kind=EventKind.ENDPOINT_TESTED,
            customer_id=None,
            facts={"endpoint": receiver.name},
            happened_at=act.at,
            begun_at=act.at,
            next_at=act.at,
        )
        await act.uow.of(RECEIVERS_KEY).add_event(event)
        receiver.rests_until = None
        await act.uow.of(RECEIVERS_KEY).save(receiver)
        await _send(act, receiver.id)
        return Outcome(name="sent", facts={"endpoint": receiver.name})


class ResumeEndpoint(EndpointAct):
    """Staff command that re-enables an endpoint. Queued events are delivered first."""

    name = "resume_endpoint"
    panel_name = "endpoint.on"
    outcomes = ("resumed",)

    async def run(self, act: Act) -> Outcome:
        """Re-enable the endpoint, and retry the events whose delivery failed."""
        receiver = await _lock(act)
        receiver.switch_on()
        await act.uow.of(RECEIVERS_KEY).save(receiver)
        await act.uow.of(RECEIVERS_KEY).try_anew(receiver.id, act.at)
        await keep_alarm(act.uow, WebhookReceiverOff, str(receiver.id), None, act.at)
        await _send(act, receiver.id)
        facts = {"endpoint": receiver.name}
        return Outcome(name="resumed", facts=facts, audit=[_entry(receiver, "endpoint.resumed")])


class ReplayEndpoint(EndpointAct):
    """Staff command that replays an endpoint's events of the last days: only the undelivered ones, or all."""

    name = "replay_endpoint"
    panel_name = "endpoint.replay"
    inputs = (REPLAY_DAYS, WHICH)
    outcomes = ("replayed",)

    async def run(self, act: Act) -> Outcome:
        """Queue the events again under their original ids."""
        receiver = await _lock(act)
        start = act.at - timedelta(days=act[REPLAY_DAYS])
        count = await act.uow.of(RECEIVERS_KEY).replay(receiver.id, start, act.at, told_too=act[WHICH])
        await _send(act, receiver.id)
        facts: dict[str, str | int] = {"endpoint": receiver.name, "n": count}
        return Outcome(name="replayed", facts=facts, audit=[_entry(receiver, "endpoint.replayed")] if count else ())


class RemoveEndpoint(EndpointAct):
    """Staff command that deletes an endpoint and its delivery log."""

    name = "remove_endpoint"
    panel_name = "endpoint.remove"
    outcomes = ("removed",)

    async def run(self, act: Act) -> Outcome:
        """Delete the endpoint permanently."""
        receiver = await _lock(act)
        await act.uow.of(RECEIVERS_KEY).remove(receiver.id)
        await keep_alarm(act.uow, WebhookReceiverOff, str(receiver.id), None, act.at)
        facts = {"endpoint": receiver.name}
        return Outcome(name="removed", facts=facts, audit=[_entry(receiver, "endpoint.removed")])


class RepeatDelivery(StaffCommand):
    """Staff command that sends one webhook event again, whether or not it was delivered."""

    name = "repeat_delivery"
    panel_name = "endpoint.again"
    permission = StaffAction.MANAGE_PROGRAMS
    subject = DELIVERY
    outcomes = ("queued",)

    async def run(self, act: Act) -> Outcome:
        """Queue the event again under its original id. Raises NothingToDo if the endpoint is disabled or deleted."""
        event = await act.uow.of(RECEIVERS_KEY).event(act.subject_id)
        receiver = await act.uow.of(RECEIVERS_KEY).get(event.receiver_id) if event is not None else None
        if event is None or receiver is None or receiver.off_since is not None:
            raise NothingToDo("its endpoint is off, or gone")
        await act.uow.of(RECEIVERS_KEY).repeat(event.id, act.at)
        await _send(act, receiver.id)
        facts = {"endpoint": receiver.name, "event": str(event.kind)}
        audit = [_entry(receiver, "endpoint.repeated", facts)]
        return Outcome(name="queued", facts={"endpoint": receiver.name}, audit=audit)


def _check(seals: Seals, url: str) -> str:
    try:
        return seals.check_address(url)
    except InvalidInput as error:
        raise Wrong("endpoint_url", question=ADDRESS.name) from error


async def _lock(act: Act) -> OutgoingEndpoint:
    receiver = await act.uow.of(RECEIVERS_KEY).get(act.subject_id, lock=True)
    if receiver is None:
        raise NothingToDo("no such endpoint")
    return receiver


async def _send(act: Act, receiver_id: UUID) -> None:
    await act.uow.enqueue(TellReceiver(receiver_id=receiver_id).delayed_job(act.at, receiver_id))


def _entry(receiver: OutgoingEndpoint, action: str, facts: Mapping[str, str] | None = None) -> AuditEntry:
    return AuditEntry(subject=receiver.name, facts=facts or {"endpoint": receiver.name}, action=action)


def _secret(act: Act) -> str:
    digest = hmac.digest(act.secret or random_bytes(_SECRET_BYTES), b"umbral webhook secret", "sha256")
    return "whsec_" + base64.b64encode(digest).decode()
