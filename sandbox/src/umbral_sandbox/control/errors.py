"""Errors of the control interface: ``{"error": …}`` with a 4xx status."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from umbral_sandbox.world.faults import WrongFault
from umbral_sandbox.world.telegram.refusal import Refused


class Failure(BaseModel):
    """Error, described in a sentence."""

    error: str


class ControlError(Exception):
    """Failure of a call that cannot be carried out."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def install_handlers(app: FastAPI) -> None:
    """Install handlers that render every error as ``{"error": …}``."""

    @app.exception_handler(ControlError)
    async def _control(_: Request, error: ControlError) -> JSONResponse:
        return failure(str(error), error.status)

    @app.exception_handler(Refused)
    async def _refused(_: Request, error: Refused) -> JSONResponse:
        return failure(str(error))

    @app.exception_handler(WrongFault)
    async def _fault(_: Request, error: WrongFault) -> JSONResponse:
        return failure(str(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return failure("; ".join(_sentence(part["loc"], part["msg"]) for part in error.errors()))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return failure(str(error.detail), error.status_code)


def failure(text: str, status: int = 400) -> JSONResponse:
    """Return the response that describes the error."""
    return JSONResponse(Failure(error=text).model_dump(), status)


def _sentence(path: tuple[int | str, ...], text: str) -> str:
    return f"{'.'.join(str(part) for part in path)}: {text}"
