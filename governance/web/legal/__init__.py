"""The legal console: applications for warrants, their approval, the way to the issuer and back, and what follows."""

from governance.web.legal.routes import router

__all__ = ["router"]
