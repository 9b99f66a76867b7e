"""The region's console: sites, cameras, how their streams are, and counts. Never a candidate, not even its number."""

import binascii
import json
from base64 import b64decode
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from contracts.signature import Signed
from governance.application import queries, registers, site_register
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.registers import RegisterCamera, RegisterSite
from governance.domain.events import Event
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.counts import busiest, newest
from governance.web.forms import OwnForm, files, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.site import documents, evidence

router = APIRouter(prefix="/site")
for part in (documents, evidence):
    router.routes.extend(part.router.routes)


@router.get("", dependencies=[records_nothing("It shows the register and numbers of each camera, and nobody.")])
def cameras_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.CAMERA_REGISTER))],
    governance: GovernanceDependency,
) -> Response:
    """Show the register, and what each camera's worker counted."""
    actor = principal.account_id
    lines = newest(queries.read_streams(governance, actor))
    return render(
        request,
        "site/cameras.html",
        sites=queries.list_sites(governance, actor),
        cameras=site_register.list_cameras(governance, actor),
        counted={line.counts.camera_id: line.counts for line in lines},
        busiest=busiest(lines),
    )


@router.get("/register", dependencies=[records_nothing("Empty forms say nothing about anybody.")])
def register_page(
    request: Request, _principal: Annotated[Principal, Depends(permits(Action.CAMERA_REGISTER))]
) -> Response:
    """Show the forms that take a site or a camera into the register."""
    return render(request, "site/register.html")


@router.post("/sites", dependencies=[records(Event.SITE_REGISTER)])
def register_site(
    principal: Annotated[Principal, Depends(permits(Action.SITE_REGISTER))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take a site into the register."""
    command = RegisterSite(
        actor=principal.account_id,
        site_id=text(form, "site_id"),
        title=text(form, "title"),
        opening_public=_public_key(text(form, "opening_public")),
        coordinates=_coordinates(text(form, "latitude"), text(form, "longitude")),
    )
    registers.register_site(governance, command)
    return RedirectResponse("/site", status_code=HTTPStatus.SEE_OTHER)


@router.post("/cameras", dependencies=[records(Event.CAMERA_REGISTER)])
def register_camera(
    principal: Annotated[Principal, Depends(permits(Action.CAMERA_REGISTER))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take a camera's signed record into the register."""
    try:
        (content,) = files(form, "record")
        record = Signed.from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise BadInput("Choose one file: the camera's record as the region signed it.") from error
    registers.register_camera(governance, RegisterCamera(actor=principal.account_id, record=record))
    return RedirectResponse("/site", status_code=HTTPStatus.SEE_OTHER)


def _coordinates(latitude: str, longitude: str) -> tuple[float, float] | None:
    if not latitude and not longitude:
        return None
    try:
        return float(latitude), float(longitude)
    except ValueError as error:
        raise BadInput("Give both coordinates in degrees, such as 59.3308 and 18.0592, or neither.") from error


def _public_key(encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("Give the site's opening key as base64 of 32 bytes.") from error
    if len(key) != 32:
        raise BadInput("Give the site's opening key as base64 of 32 bytes.")
    return key
