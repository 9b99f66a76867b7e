"""What everybody may see: one checkpoint of the log a day, and the register of cameras."""

import csv
import io
import json

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application import site_register
from governance.application.daily_checkpoint import DailyCheckpoint
from governance.web.access import GovernanceDependency, open_to_all
from governance.web.pages import render
from governance.web.recording import records_nothing

router = APIRouter(prefix="/public")

_ALL = Depends(open_to_all("The public holds the log to one checkpoint a day, which reveals a size and a root."))
_REGISTER = Depends(open_to_all("The public register of cameras: where they look, and on what grounds (B7)."))
_CAMERAS = records_nothing("The register of cameras is public: places and documents, and nobody.")
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


@router.get("/cameras", dependencies=[_REGISTER, _CAMERAS])
def cameras_page(request: Request, governance: GovernanceDependency) -> Response:
    """Show the register of cameras."""
    return render(request, "public/cameras.html", cameras=site_register.public_register(governance))


@router.get("/cameras.json", dependencies=[_REGISTER, _CAMERAS])
def cameras_json(governance: GovernanceDependency) -> Response:
    """Return the register of cameras as JSON."""
    lines = [line.to_json() for line in site_register.public_register(governance)]
    said = {"cameras": lines, "kind": "insyn/camera-register/1"}
    return Response(json.dumps(said, ensure_ascii=False, indent=1), media_type="application/json")


@router.get("/cameras.csv", dependencies=[_REGISTER, _CAMERAS])
def cameras_csv(governance: GovernanceDependency) -> Response:
    """Return the register of cameras as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(site_register.PUBLIC_FIELDS)
    for line in site_register.public_register(governance):
        writer.writerow([_harmless(str(value)) for value in line.to_json().values()])
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8")


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
