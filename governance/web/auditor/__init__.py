"""The auditor's console: the log itself, with proofs; refusals; what became of each alert. No picture, no name."""

from governance.web.auditor.routes import router

__all__ = ["router"]
