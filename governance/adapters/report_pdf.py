"""A report's page as a PDF, by WeasyPrint (the extra `pdf`), which fetches nothing from anywhere."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from governance.application.errors import Unavailable

_STYLE: Final = """
@page { size: A4; margin: 18mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt } }
body { font-family: sans-serif; font-size: 9.5pt; line-height: 1.35 }
h1 { font-size: 16pt } h2 { font-size: 12pt; margin-top: 8mm }
table { border-collapse: collapse; width: 100% } thead { display: table-header-group }
th, td { border-bottom: 0.2mm solid #999; padding: 1mm 1.5mm; text-align: left; vertical-align: top }
td, code { overflow-wrap: anywhere }
tr { break-inside: avoid }
"""


def print_pdf(page: str, attached: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return an HTML page as a PDF, with files attached under these names.

    Raises:
        Unavailable: WeasyPrint or the library it draws with is not installed here.
    """
    try:
        # Only here: the library is an extra, and asks for Debian's Pango when it is imported.
        from weasyprint import CSS, HTML, Attachment  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise Unavailable(
            "PDF files need the extra `pdf` and Debian's libpango-1.0-0 and libpangoft2-1.0-0; take HTML or JSON."
        ) from error
    # No protocol is allowed: a report refers to nothing, and nothing is fetched.
    fetcher = URLFetcher(allowed_protocols=())
    document = HTML(string=page, url_fetcher=fetcher, base_url=None)
    files = [Attachment(string=data, name=name, url_fetcher=fetcher) for name, data in attached.items()]
    content: bytes = document.write_pdf(stylesheets=[CSS(string=_STYLE)], attachments=files)
    return content
