"""What is handed out as a file, to be kept elsewhere."""

from fastapi.responses import Response


def download(content: bytes | str, name: str, kind: str) -> Response:
    """Return an answer that a browser keeps as a file of this name. The name is ours: nothing about anybody."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
