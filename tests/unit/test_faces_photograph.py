"""Opening a foreign photograph: upright pixels, or one clear sentence."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from skimage import data

from matcher.errors import ImageRefused
from matcher.faces import photograph
from matcher.faces.face import BgrImage
from matcher.faces.image_header import stated_size
from matcher.faces.photograph import as_png, open_photograph

FORMATS = (".jpg", ".png", ".webp")


@pytest.fixture(scope="module")
def face_bgr() -> BgrImage:
    return np.ascontiguousarray(data.astronaut()[20:180, 160:280, ::-1])


def encoded(image_bgr: BgrImage, extension: str) -> bytes:
    done, content = cv2.imencode(extension, image_bgr)
    assert done
    return content.tobytes()


def with_exif_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def a_png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("extension", FORMATS)
def test_three_formats_are_opened(face_bgr: BgrImage, extension: str) -> None:
    opened = open_photograph(encoded(face_bgr, extension))
    assert opened.shape == face_bgr.shape
    assert opened.dtype == np.uint8
    assert np.abs(opened.astype(int) - face_bgr).mean() < 6


def test_a_grey_and_a_transparent_picture_become_three_colours(face_bgr: BgrImage) -> None:
    grey = cv2.cvtColor(face_bgr, cv2.COLOR_BGR2GRAY)
    clear = cv2.cvtColor(face_bgr, cv2.COLOR_BGR2BGRA)
    assert open_photograph(encoded(grey, ".png")).shape == face_bgr.shape
    assert open_photograph(encoded(clear, ".png")).shape == face_bgr.shape


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [(1, None), (3, cv2.ROTATE_180), (6, cv2.ROTATE_90_CLOCKWISE), (8, cv2.ROTATE_90_COUNTERCLOCKWISE)],
)
def test_a_photograph_is_turned_as_its_exif_says(face_bgr: BgrImage, orientation: int, upright: int | None) -> None:
    opened = open_photograph(with_exif_orientation(encoded(face_bgr, ".jpg"), orientation))
    expected = face_bgr if upright is None else cv2.rotate(face_bgr, upright)
    assert opened.shape == expected.shape
    assert np.abs(opened.astype(int) - expected).mean() < 6


def test_an_empty_file_says_so() -> None:
    with pytest.raises(ImageRefused, match="empty"):
        open_photograph(b"")


@pytest.mark.parametrize("content", [b"hello", b"GIF89a" + b"\0" * 100, b"%PDF-1.7", b"\0" * 5000, b"<svg/>"])
def test_what_is_not_a_photograph_says_so(content: bytes) -> None:
    with pytest.raises(ImageRefused, match="not a JPEG, PNG or WebP"):
        open_photograph(content)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_is_cut_off_says_so(face_bgr: BgrImage, extension: str, part: float) -> None:
    content = encoded(face_bgr, extension)
    with pytest.raises(ImageRefused, match=r"cut off|not a JPEG"):
        open_photograph(content[: max(12, int(len(content) * part))])


def test_a_png_with_a_flipped_bit_says_so(face_bgr: BgrImage) -> None:
    content = bytearray(encoded(face_bgr, ".png"))
    content[len(content) // 2] ^= 1
    with pytest.raises(ImageRefused, match="damaged"):
        open_photograph(bytes(content))


def test_too_large_a_file_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(ImageRefused, match="larger than 20 MB"):
        open_photograph(b"\xff" * (photograph.LARGEST_BYTES + 1))


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (1, 20_000), (8_000, 8_000), (2**31 - 1, 1)])
def test_a_decompression_bomb_is_never_decoded(monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(ImageRefused, match="million pixels"):
        open_photograph(a_png_that_claims(width, height))


def test_a_jpeg_bomb_is_never_decoded(face_bgr: BgrImage, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(encoded(face_bgr, ".jpg"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65000, 65000)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(ImageRefused, match="million pixels"):
        open_photograph(bytes(content))


def test_no_pixels_are_no_photograph() -> None:
    with pytest.raises(ImageRefused, match="no pixels"):
        open_photograph(a_png_that_claims(0, 10))


def test_a_png_whose_pixels_are_missing_says_so() -> None:
    with pytest.raises(ImageRefused, match="damaged"):
        open_photograph(a_png_that_claims(400, 400))


@pytest.mark.parametrize("extension", FORMATS)
def test_the_stated_size_is_the_decoded_one(extension: str) -> None:
    size = stated_size(encoded(np.zeros((77, 123, 3), np.uint8), extension))
    assert (size.width, size.height) == (123, 77)


def test_a_lossless_webp_states_its_size() -> None:
    done, content = cv2.imencode(".webp", np.zeros((77, 123, 3), np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert done
    assert content.tobytes()[12:16] == b"VP8L"
    size = stated_size(content.tobytes())
    assert (size.width, size.height) == (123, 77)


def test_re_encoding_keeps_every_pixel_and_no_metadata(face_bgr: BgrImage) -> None:
    photo = with_exif_orientation(encoded(face_bgr, ".jpg"), 6)
    opened = open_photograph(photo)
    content = as_png(opened)
    assert np.array_equal(open_photograph(content), opened)
    kinds = set()
    at = 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        kinds.add(kind)
        at += length + 12
    assert kinds <= {b"IHDR", b"IDAT", b"IEND"}
