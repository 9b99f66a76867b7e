"""What everybody may see of the log: one checkpoint a day, and how to use it."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application.daily_checkpoint import DailyCheckpoint
from governance.web.access import GovernanceDependency, open_to_all
from governance.web.pages import render
from governance.web.recording import records_nothing

router = APIRouter(prefix="/public")

_ALL = Depends(open_to_all("The public holds the log to one checkpoint a day, which reveals a size and a root."))
_NOBODY = records_nothing("One checkpoint a day: a size and a root, and nobody.")


@router.get("", dependencies=[_ALL, _NOBODY])
def page(request: Request, governance: GovernanceDependency) -> Response:
    """Show the day's checkpoint, and say what it is good for."""
    daily: DailyCheckpoint = request.app.state.daily_checkpoint
    return render(request, "public/checkpoint.html", checkpoint=daily.of_today(), key=governance.log_key.hex())


@router.get("/checkpoint", dependencies=[_ALL, _NOBODY])
def checkpoint(request: Request) -> Response:
    """Return the day's checkpoint as it was signed."""
    daily: DailyCheckpoint = request.app.state.daily_checkpoint
    return Response(daily.of_today(), media_type="text/plain; charset=utf-8")
