"""API operation that settles a tip, identified by the key of its post, for the program that sent the post."""

from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from features.record.commands.settle_tip import SettleTip
from features.record.web.result_body import ResultIn
from subscriptions.application.staff.actor import Program
from subscriptions.domain.errors import UmbralError
from web.authentication import KEY_ABILITIES, KEY_NAME
from web.body import BodyIncomplete, BodyTooLarge
from web.feature import ApiTools
from web.problems import V1, wrong_fields
from web.routes.command_answers import OutcomeOut, outcome_body, refused
from web.routes.writing import BODY_LIMIT, dependencies, describe, faults, idempotency_key, problems, request_body

RESULT: str = f"{V1}/picks/{{key:path}}/result"


def results_router(tools: ApiTools) -> APIRouter:
    """Return the router with the API operation that settles a tip."""
    router = APIRouter(responses=problems(), dependencies=dependencies())
    schema = ResultIn.model_json_schema(ref_template="#/components/schemas/{model}")

    @router.post(
        RESULT,
        response_model=OutcomeOut,
        operation_id="send_result",
        summary="Settle a tip by the key of its post",
        description=describe(
            str(SettleTip.permission.ability), "Record the result of a tip. A repeated request has no further effect."
        ),
        openapi_extra=request_body(schema),
    )
    async def result(
        request: Request, key: Annotated[str, Path(description="Idempotency-Key of the request that created the post.")]
    ) -> Response:
        program = Program(getattr(request.state, KEY_NAME), getattr(request.state, KEY_ABILITIES))
        try:
            async with tools.bodies.read(request, BODY_LIMIT) as body, tools.concurrency.slot():
                answers = ResultIn.model_validate_json(body).answers()
                wish = idempotency_key(request) or "\n".join(answers.values())
                operation = uuid5(NAMESPACE_URL, f"umbral:result:{program.name}:{key}:{wish}")
                outcome = await tools.run_command()(program, SettleTip.name, key, answers, operation)
        except ValidationError as error:
            return wrong_fields(faults(error))
        except (UmbralError, BodyIncomplete, BodyTooLarge) as error:
            return refused(SettleTip, error)
        return JSONResponse(outcome_body(SettleTip, outcome), 200, {"Cache-Control": "no-store"})

    return router
