"""Reports that the law asks for, and the register of serious incidents. What is handed out is an entry first."""

from fastapi import APIRouter

from governance.web.reports import evaluations, incidents, routes

router = APIRouter()
router.routes.extend([*evaluations.router.routes, *incidents.router.routes, *routes.router.routes])

__all__ = ["router"]
