"""Who calls, for the pages: what to show is theirs to decide by it, what is permitted is not."""

from fastapi import APIRouter
from pydantic import BaseModel

from ..platform.auth import CallerDep
from ..platform.openapi import problems

router = APIRouter(prefix="/api/v1/me", tags=["me"])


class Me(BaseModel):
    subject: str
    permissions: list[str]


@router.get("", responses=problems(401))
async def get_me(caller: CallerDep) -> Me:
    """Tell the caller who they are and what they may do."""
    return Me(subject=caller.subject, permissions=sorted(caller.permissions))
