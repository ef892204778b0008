"""How the interface answers to what the domain refuses."""

from fastapi import FastAPI, Request, Response

from ..domain.errors import ConflictError, InvalidError, NotFoundError
from ..platform.errors import Violation, problem_response


async def _not_found(request: Request, error: NotFoundError) -> Response:
    return problem_response(request.scope, 404, str(error))


async def _conflict(request: Request, error: ConflictError) -> Response:
    return problem_response(request.scope, 409, str(error))


async def _invalid(request: Request, error: InvalidError) -> Response:
    violation = Violation(pointer=f"#/{error.field}", detail=error.reason)
    return problem_response(request.scope, 422, "The request is not valid.", errors=[violation])


def handle_domain_errors(app: FastAPI) -> None:
    """Let `app` answer the errors of the domain with problem details."""
    app.exception_handler(NotFoundError)(_not_found)
    app.exception_handler(ConflictError)(_conflict)
    app.exception_handler(InvalidError)(_invalid)
