"""What the decoder may speak and read: closed lists of FFmpeg protocols and container formats for each kind of source.

FFmpeg reads `OPENCV_FFMPEG_CAPTURE_OPTIONS` as pairs `key;value` parted by `|`. The lists close playlists (`hls`,
`concat`, `sdp` files) out, which could make a file or a camera point at another place. `max_redirects` is an option of
its `http` protocol; its RTSP demuxer follows a redirect without asking, which `edge.preflight` refuses beforehand.
"""

from typing import Final

from contracts.vocabulary import SourceKind

#: Containers a recording may have. None of them can refer to another file with FFmpeg's default options.
FILE_FORMATS: Final = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,mjpeg"

#: Containers a camera may send over HTTP.
HTTP_FORMATS: Final = "mpjpeg,mjpeg,mpegts,matroska,webm,mov,mp4,h264,hevc"

_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_LARGEST_SIDE_PIXELS: Final = 33_554_432


def capture_options(kind: SourceKind, *, host_header: str | None = None) -> str:
    """Return the value of `OPENCV_FFMPEG_CAPTURE_OPTIONS` for one kind of source.

    `host_header` is the name under which an HTTP camera is addressed when its address was already resolved.
    """
    options = dict(_OPTIONS.get(kind, {}))
    options["max_pixels"] = str(_LARGEST_SIDE_PIXELS)
    if host_header is not None:
        options["headers"] = f"Host: {host_header}\r\n"
    return "|".join(f"{key};{value}" for key, value in options.items())


_OPTIONS: Final[dict[SourceKind, dict[str, str]]] = {
    SourceKind.FILE: {"protocol_whitelist": "file", "format_whitelist": FILE_FORMATS},
    SourceKind.HTTP: {
        "protocol_whitelist": "http,tcp",
        "format_whitelist": HTTP_FORMATS,
        "max_redirects": "0",
    },
    SourceKind.HTTPS: {
        "protocol_whitelist": "https,tls,tcp",
        "format_whitelist": HTTP_FORMATS,
        "max_redirects": "0",
        "tls_verify": "1",
        "ca_file": _CERTIFICATES,
    },
    SourceKind.RTSP: {
        "protocol_whitelist": "rtsp,tcp",
        "format_whitelist": "rtsp",
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
    },
    SourceKind.RTSPS: {
        "protocol_whitelist": "rtsps,tls,tcp",
        "format_whitelist": "rtsp",
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "tls_verify": "1",
        "ca_file": _CERTIFICATES,
    },
}
