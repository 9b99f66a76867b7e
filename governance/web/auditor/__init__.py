"""The auditor's console: the log itself, with proofs; refusals; what became of each alert. No picture, no name."""

from fastapi import APIRouter

from governance.web.auditor import retention, routes, trails

router = APIRouter()
router.routes.extend([*routes.router.routes, *trails.router.routes, *retention.router.routes])

__all__ = ["router"]
