"""The legal console: applications for warrants, their approval, the way to the issuer and back, and what follows."""

from fastapi import APIRouter

from governance.web.legal import list_routes, paper_routes, routes

router = APIRouter()
# The routes themselves, so that the application's census sees each of them.
router.routes.extend([*routes.router.routes, *list_routes.list_router.routes, *paper_routes.router.routes])

__all__ = ["router"]
