"""API operations of staff commands, generated from the commands' declarations. They require an API key (see
web.authentication).
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, create_model

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.features import FeatureState, StateOf
from subscriptions.application.posts.typed_post import typed_markup
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.application.staff.run_command import InputsRefused, RunCommand
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId
from web.authentication import KEY_ABILITIES, KEY_NAME, bearer_token
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.console.said import command_text
from web.problems import V1
from web.routes.command_answers import SAYS, OutcomeOut, outcome_body, path_of, path_to, refused
from web.routes.writing import (
    BODY_LIMIT,
    dependencies,
    describe,
    idempotency_key,
    key_parameter,
    problems,
    request_body,
    without_key,
)

PersonId = Annotated[int, Path(ge=1, le=TELEGRAM_ID_LIMIT, description="Telegram id of the customer.")]
PlanName = Annotated[str, Query(pattern=r"^[a-z0-9-]{1,40}$", description="Slug of the plan.")]
_CUSTOMERS: Final = f"{V1}/customers"
_NUMBERS: Final = frozenset({InputKind.DAYS, InputKind.NUMBER})
_ANSWERS: Final = TypeAdapter(dict[str, JsonValue])


class WaitingOut(BaseModel):
    """Days of another plan that wait until the current plan's days are over."""

    plan: str = Field(description="Slug of the plan.")
    days: int = Field(description="Number of days, rounded up.")
    begins: datetime | None = Field(
        description="Time at which the days begin to run; null while the current plan renews without an end."
    )


class HeldOut(BaseModel):
    """One subscription of a customer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    plan: str = Field(description="Slug of the plan.")
    status: SubscriptionStatus
    access_until: datetime | None
    waiting: list[WaitingOut] = Field(description="Days of other plans that wait behind this one.")


class CustomerCardOut(BaseModel):
    """One customer, by their Telegram id."""

    id: UUID
    telegram_id: int
    first_name: str
    last_name: str | None = Field(description="null if there is none, or it was never recorded.")
    username: str | None = Field(description="Username without @; null if there is none.")
    language: str
    blocked: bool = Field(description="True if staff has blocked the customer from buying.")
    reachable: bool = Field(description="False if messages cannot be delivered because the customer blocked the bot.")
    subscriptions: list[HeldOut]


class EntitlementOut(BaseModel):
    """Entitlement of a customer to the chats of a plan."""

    entitled: bool
    until: datetime | None = Field(description="Current end of the entitlement; null if there is none.")


def staff_commands_router(
    run_command: RunCommand,
    check_entitlement: CheckEntitlement,
    bodies: BodyReader,
    concurrency: ConcurrencyLimit,
    state_of: StateOf,
) -> APIRouter:
    """Return the routes: one operation for each staff command, and the lookups of customers and entitlements.

    state_of: function that returns the state of a command's feature. Commands of a feature that is off are refused and
    omitted from the API's description.
    """
    router = APIRouter(responses=problems(), dependencies=dependencies())
    for command in COMMANDS.values():
        router.add_api_route(
            path_of(command),
            _endpoint(command, run_command, bodies, concurrency),
            methods=["POST"],
            status_code=_status(command),
            response_model=_model(command),
            operation_id=command.name,
            summary=command_text(SAYS.words, command.name, "do"),
            description=describe(str(command.permission.ability), SAYS(f"commands.{command.name}.about")),
            openapi_extra=_describe(command),
            include_in_schema=state_of(command) is not FeatureState.OFF,
        )
    for command, method in _former().items():
        if method:
            former = _endpoint(command, run_command, bodies, concurrency, plain=True)
            subject_path = path_to(SUBJECT_TYPES[command.subject])
            router.add_api_route(subject_path, former, methods=[method], include_in_schema=False)
    _add_lookups(router, check_entitlement, concurrency)
    return router


@cache
def _former() -> Mapping[type[StaffCommand], str]:
    """Return the commands that accept requests without an Idempotency-Key for compatibility with earlier releases. The
    value is the HTTP method of such requests, which are sent to the path of the command's subject; an empty method
    means that they are sent by POST to the command's current path.
    """
    return {each: each.former_method for each in COMMANDS.values() if each.former_method is not None}


def _status(command: type[StaffCommand]) -> int:
    return 201 if command.makes is not None else 200


@cache
def _model(command: type[StaffCommand]) -> type[BaseModel]:
    if command.result is None:
        return OutcomeOut
    fields_: dict[str, Any] = {name: (kind, ...) for name, kind in get_type_hints(command.result).items()}
    name = "".join(word.capitalize() for word in command.name.split("_"))
    return create_model(f"{name}Out", __base__=OutcomeOut, __doc__=command.result.__doc__, **fields_)


def _add_lookups(router: APIRouter, check_entitlement: CheckEntitlement, concurrency: ConcurrencyLimit) -> None:
    @router.get(
        f"{_CUSTOMERS}/{{telegram_id}}",
        operation_id="get_customer",
        summary="Retrieve a customer",
        description=describe("customers", "Return a customer by Telegram id, with the customer's subscriptions."),
    )
    async def customer(telegram_id: PersonId, response: Response) -> CustomerCardOut:
        response.headers["Cache-Control"] = "no-store"
        async with concurrency.slot():
            customer, entitlements = await check_entitlement.customer(TelegramId(telegram_id))
        return CustomerCardOut(
            id=customer.id,
            telegram_id=customer.telegram_id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            username=customer.username,
            language=customer.language,
            blocked=customer.barred_at is not None,
            reachable=customer.reachable,
            subscriptions=[
                HeldOut(
                    id=each.subscription.id,
                    plan=each.plan.soft_id,
                    status=each.subscription.status,
                    access_until=each.access_end,
                    waiting=[
                        WaitingOut(plan=item.soft_id, days=item.days, begins=item.begins) for item in each.waiting
                    ],
                )
                for each in entitlements
            ],
        )

    @router.get(
        f"{_CUSTOMERS}/{{telegram_id}}/access",
        operation_id="get_access",
        summary="Check the entitlement of a customer to a plan",
        description=describe(
            "customers", "Return whether a customer is entitled to the chats of a plan, and until when."
        ),
    )
    async def access(telegram_id: PersonId, plan: PlanName, response: Response) -> EntitlementOut:
        response.headers["Cache-Control"] = "no-store"
        async with concurrency.slot():
            entitlement = await check_entitlement(TelegramId(telegram_id), plan)
        return EntitlementOut(entitled=entitlement.is_entitled, until=entitlement.access_end)


def _endpoint(
    command: type[StaffCommand],
    run_command: RunCommand,
    bodies: BodyReader,
    concurrency: ConcurrencyLimit,
    *,
    plain: bool = False,
) -> Callable[[Request], Awaitable[Response]]:
    path = path_of(command)

    async def answer(request: Request) -> Response:
        key = idempotency_key(request)
        if key is None and (plain or _is_keyless(command)):
            key = str(uuid4())
        refusal_response = without_key(path, key)
        if refusal_response is not None:
            return refusal_response
        program = Program(getattr(request.state, KEY_NAME), getattr(request.state, KEY_ABILITIES))
        subject_id = next(iter(request.path_params.values()), "")
        # Derive the secret from the API key, so that a repeated request returns the same result only to the same key.
        secret = hmac.digest(bearer_token(request.scope), f"umbral codes {key}".encode(), "sha256")
        operation = uuid5(NAMESPACE_URL, f"umbral:api:{program.name}:{key}")
        try:
            async with bodies.read(request, BODY_LIMIT) as body_sent, concurrency.slot():
                answers = _answers(command, _ANSWERS.validate_json(body_sent) if body_sent else {})
                if plain:
                    answers = {name: typed_markup(text, None) for name, text in answers.items()}
                outcome = await run_command(program, command.name, subject_id, answers, operation, secret=secret)
        except (ValidationError, UmbralError, BodyIncomplete, BodyTooLarge) as error:
            return refused(command, error)
        return JSONResponse(outcome_body(command, outcome), _status(command), {"Cache-Control": "no-store"})

    return answer


def _answers(command: type[StaffCommand], body: Mapping[str, JsonValue]) -> Mapping[str, str]:
    """Return the values of the command's inputs as text. Raises InputsRefused for a value whose type differs from
    `_schema`.
    """
    types = {asked_input.name: int if asked_input.kind in _NUMBERS else str for asked_input in command.inputs}
    answers = {name: value for name, value in body.items() if value is not None}
    # In Python, unlike in JSON, `True` is an integer.
    wrong = {
        name: Wrong("other") for name, value in answers.items() if name in types and type(value) is not types[name]
    }
    if wrong:
        raise InputsRefused(wrong)
    return {name: str(value) for name, value in answers.items()}


def _describe(command: type[StaffCommand]) -> dict[str, Any]:
    required_names = [each.name for each in command.inputs if each.default is None]
    body = {
        "type": "object",
        "properties": {each.name: _schema(command, each) for each in command.inputs},
        "required": required_names,
        "additionalProperties": False,
    }
    path_parameters = [
        {
            "name": each.parameter,
            "in": "path",
            "required": True,
            "description": f"Which {each.kind.replace('_', ' ')}: {each.known_by}.",
            "schema": each.schema,
        }
        for each in (SUBJECT_TYPES[command.subject],)
        if each.schema is not None
    ]
    key = key_parameter(is_required=not _is_keyless(command))
    return {**request_body(body, is_required=bool(required_names)), "parameters": [*path_parameters, key]}


def _is_keyless(command: type[StaffCommand]) -> bool:
    """Return True if the command accepts requests without an Idempotency-Key on its current path, for compatibility."""
    return command.former_method == ""


def _schema(command: type[StaffCommand], asked_input: Input[Any]) -> Mapping[str, object]:
    key = f"commands.{command.name}.ask.{asked_input.name}"
    says = {"description": SAYS(key)}
    least, most = asked_input.limits or (None, None)
    if asked_input.kind in _NUMBERS:
        return {"type": "integer", "minimum": least, "maximum": most, **says}
    return {"type": "string", **({"minLength": least, "maxLength": most} if asked_input.limits else {}), **says}
