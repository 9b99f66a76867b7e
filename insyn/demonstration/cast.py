"""Cut the people out of their photographs, so that they can walk through a drawn place.

A cut-out is found at render time by GrabCut (Rother, Kolmogorov, Blake: "GrabCut", SIGGRAPH 2004), started from the
face box and a few lengths: what lies where a head and a torso must be is foreground, what lies above and beside them is
background. The part of the photograph that serves is laid over a plainly drawn body in the colour of its clothes, which
reaches to the feet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from insyn.demonstration.errors import FootageNotRenderedError
from insyn.demonstration.photographs import Photograph

Pixels = NDArray[np.uint8]

CANVAS_FACE: Final = 256
"""Face height, in pixels, on a cut-out's largest canvas."""
_ABOVE, _BELOW, _ASIDE = 1.25, 7.4, 2.1
_MATTE_FACE: Final = 96
_LEVELS: Final = (1.0, 0.7, 0.5, 0.35, 0.25)


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """How one photograph is to be cut; lengths other than the box are in face heights, from the face's centre.

    `face_box_xyxy` is the box that dlib's MMOD detector reports, averaged over the sizes 80 to 170 px, because the
    detector's own boxes come in steps of a fifth (80, 96, 115, 138, 165 px and so on). `crown` is the height of the top
    of the hair, `shoulder` the depth of the shoulders, `kept_below` how far down the photograph serves,
    `not_the_neck` a rectangle of background that colour alone cannot tell from a collar.
    """

    face_box_xyxy: tuple[float, float, float, float]
    crown: float
    hair_half_width: float
    shoulder: float
    half_width: float
    torso_shift: float
    kept_below: float
    head_shift: float = 0.0
    neck_half_width: float = 0.5
    not_the_neck: tuple[float, float, float, float] | None = None
    tie_over: tuple[float, float] | None = None


PORTRAITS: Final[Mapping[str, Portrait]] = {
    "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6": Portrait(
        face_box_xyxy=(151, 270, 464, 578),
        crown=0.84,
        hair_half_width=0.68,
        head_shift=0.16,
        not_the_neck=(0.37, 0.2, 0.9, 0.45),
        shoulder=0.72,
        half_width=1.55,
        torso_shift=0.12,
        kept_below=1.9,
        tie_over=(0.7, 2.75),
    ),
    "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3": Portrait(
        face_box_xyxy=(632, 256, 940, 568),
        crown=0.62,
        hair_half_width=0.55,
        shoulder=0.95,
        half_width=1.5,
        torso_shift=-0.1,
        kept_below=3.9,
    ),
    "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c": Portrait(
        face_box_xyxy=(427, 236, 703, 512),
        crown=1.0,
        hair_half_width=0.6,
        shoulder=1.15,
        half_width=1.6,
        torso_shift=-0.25,
        kept_below=3.7,
    ),
    "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5": Portrait(
        face_box_xyxy=(171, 72, 264, 165),
        crown=1.12,
        hair_half_width=0.74,
        shoulder=1.35,
        half_width=1.75,
        torso_shift=0.0,
        kept_below=2.15,
        neck_half_width=1.05,
    ),
}


@dataclass(frozen=True, kw_only=True)
class CutOut:
    """One person, ready to be drawn: pre-multiplied BGRA canvases from large to small.

    `face_heights[i]` is the face's height on `canvases_bgra[i]`, and its centre there is
    `(_ASIDE, _ABOVE) * face_heights[i]` (see `anchor`).
    """

    person: str
    photograph: int
    canvases_bgra: tuple[Pixels, ...]
    face_heights: tuple[float, ...]

    def nearest_above(self, face_px: float) -> tuple[Pixels, float]:
        """Return the smallest canvas whose face is at least `face_px` high (or the largest), and that height."""
        for canvas, height in zip(reversed(self.canvases_bgra), reversed(self.face_heights), strict=True):
            if height >= face_px:
                return canvas, height
        return self.canvases_bgra[0], self.face_heights[0]


def anchor(face_px: float) -> tuple[float, float]:
    """Return where the face's centre lies on a canvas whose face is `face_px` high."""
    return _ASIDE * face_px, _ABOVE * face_px


def cut_out(photograph: Photograph) -> CutOut:
    """Cut the person out of the photograph.

    Raises:
        FootageNotRenderedError: the photograph cannot be read, or is not one whose face was measured.
    """
    portrait = PORTRAITS.get(photograph.sha256)
    picture = cv2.imread(str(photograph.path), cv2.IMREAD_COLOR)
    if portrait is None or picture is None:
        raise FootageNotRenderedError(
            f"Photograph {photograph.number} of {photograph.person} is not one the footage is made from: "
            "run the set-up again."
        )
    canvas, inside = _on_canvas(_pixels(picture), portrait)
    alpha = _matte(canvas, inside, portrait)
    if portrait.tie_over is not None:
        _draw_tie(canvas, portrait.tie_over)
    return _levels(photograph, _over_drawn_body(canvas, alpha, inside, portrait))


def _pixels(array: Any) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)


def _on_canvas(picture: Pixels, portrait: Portrait) -> tuple[Pixels, Pixels]:
    """Lay the photograph on the canvas, face where `anchor` says; also the mask of where there is photograph."""
    x1, y1, x2, y2 = portrait.face_box_xyxy
    scale = CANVAS_FACE / (y2 - y1)
    scaled = cv2.resize(
        picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    size = (round(2 * _ASIDE * CANVAS_FACE), round((_ABOVE + _BELOW) * CANVAS_FACE))
    ax, ay = anchor(CANVAS_FACE)
    shift = np.array([[1, 0, ax - scale * (x1 + x2) / 2], [0, 1, ay - scale * (y1 + y2) / 2]], np.float32)
    inside = np.full(scaled.shape[:2], 255, np.uint8)
    inside[round(ay + portrait.kept_below * CANVAS_FACE - shift[1, 2]) :] = 0
    canvas = cv2.warpAffine(scaled, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _pixels(canvas), _pixels(cv2.warpAffine(inside, shift, size, flags=cv2.INTER_NEAREST))


def _matte(canvas: Pixels, inside: Pixels, portrait: Portrait) -> Pixels:
    """Return the soft outline of the person (0 to 255), found by GrabCut on a reduced canvas."""
    small_scale = _MATTE_FACE / CANVAS_FACE
    small = _pixels(cv2.resize(canvas, None, fx=small_scale, fy=small_scale, interpolation=cv2.INTER_AREA))
    known = _pixels(cv2.resize(inside, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST))
    trimap = _trimap(small.shape[:2], portrait)
    rows = int(np.flatnonzero(known.any(axis=1))[-1]) + 1
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    # The rectangle is not looked at when a mask is given; the type stubs ask for one.
    labels, _, _ = cv2.grabCut(
        small[:rows], trimap[:rows], (0, 0, 1, 1), background, foreground, 6, cv2.GC_INIT_WITH_MASK
    )
    person = np.zeros(small.shape[:2], np.uint8)
    person[:rows] = np.where((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), 255, 0)
    person = _largest_part(cv2.bitwise_and(person, known))
    large = cv2.resize(person, (canvas.shape[1], canvas.shape[0]), interpolation=cv2.INTER_CUBIC)
    # Drawn in by a few pixels before it is softened: an outline of the old background shows at once.
    soft = cv2.GaussianBlur(cv2.erode(large, np.ones((5, 5), np.uint8)), (0, 0), 4.0)
    return _pixels(np.clip((soft.astype(np.float32) - 96) * 1.61, 0, 255))


def _trimap(shape: tuple[int, ...], portrait: Portrait) -> Pixels:
    """Say where a head and a torso must be, may be and cannot be."""
    face, (cx, cy) = _MATTE_FACE, anchor(_MATTE_FACE)
    trimap = np.full(shape[:2], cv2.GC_BGD, np.uint8)

    def head(half_width: float, top: float, chin: float, value: int) -> None:
        axes = (round(half_width * face), round((chin - top) / 2 * face))
        centre = (round(cx + portrait.head_shift * face), round(cy + (top + chin) / 2 * face))
        cv2.ellipse(trimap, centre, axes, 0, 0, 360, value, -1)

    def torso(half_width: float, neck: float, top: float, value: int) -> None:
        right = [(neck, 0.4), (neck, top), (half_width, top + 0.4), (half_width + 0.1, 2.4), (half_width - 0.1, 5.0)]
        points = [*right, *((-x, y) for x, y in reversed(right))]
        middle = portrait.torso_shift
        outline = [(cx + (x + middle * min(y, 1.0)) * face, cy + y * face) for x, y in points]
        cv2.fillPoly(trimap, [np.array(outline).round().astype(np.int32)], value)

    torso(portrait.half_width + 0.2, portrait.neck_half_width, portrait.shoulder - 0.3, cv2.GC_PR_FGD)
    head(portrait.hair_half_width, -portrait.crown - 0.05, 0.62, cv2.GC_PR_FGD)
    if portrait.not_the_neck is not None:
        x1, y1, x2, y2 = portrait.not_the_neck
        trimap[round(cy + y1 * face) : round(cy + y2 * face), round(cx + x1 * face) : round(cx + x2 * face)] = (
            cv2.GC_BGD
        )
    torso(portrait.half_width - 0.75, 0.5 * portrait.neck_half_width, portrait.shoulder, cv2.GC_FGD)
    head(portrait.hair_half_width - 0.2, -portrait.crown + 0.08, 0.48, cv2.GC_FGD)
    return trimap


def _largest_part(mask: Any) -> Pixels:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    part = _pixels(np.where(labels == largest, 255, 0))
    holes = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return _pixels(cv2.morphologyEx(holes, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))


def _draw_tie(canvas: Pixels, rows: tuple[float, float]) -> None:
    """Draw shirt and striped tie over whatever stands before the chest (a microphone, in one portrait)."""
    top, bottom = rows
    shirt = [(-0.3, top + 0.05), (0.3, top + 0.05), (0.26, 1.4), (-0.02, bottom), (-0.31, 1.5)]
    tie = [(-0.11, top), (0.13, top), (0.09, top + 0.2), (0.16, 1.8), (-0.02, bottom), (-0.15, 1.9), (-0.08, top + 0.2)]
    ys, xs = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    stripes = (((xs + ys) // 9) % 3 == 0)[..., None]
    cloth = np.where(stripes, np.array([120, 110, 190]), np.array([45, 35, 160]))
    _paint(canvas, shirt, np.broadcast_to(np.array([222, 214, 214]), canvas.shape))
    _paint(canvas, tie, cloth)


def _paint(canvas: Pixels, outline: list[tuple[float, float]], colours: NDArray[Any]) -> None:
    ax, ay = anchor(CANVAS_FACE)
    points = np.array([(ax + x * CANVAS_FACE, ay + y * CANVAS_FACE) for x, y in outline]).round()
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [points.astype(np.int32)], 255)
    soft = (cv2.GaussianBlur(mask, (0, 0), 1.5).astype(np.float32) / 255)[..., None]
    canvas[:] = (canvas * (1 - soft) + colours * soft).astype(np.uint8)


def _over_drawn_body(canvas: Pixels, alpha: Pixels, inside: Pixels, portrait: Portrait) -> Pixels:
    """Lay the cut photograph over a drawn body and return the whole person, pre-multiplied BGRA."""
    body, body_alpha = _drawn_body(canvas, alpha, portrait)
    if portrait.tie_over is not None:
        _draw_tie(body, portrait.tie_over)
    # Where the photograph ends, it fades into the drawn body instead of ending in a line.
    depth = cv2.distanceTransform(cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3)
    fade = np.clip(depth[1:-1, 1:-1] / (0.2 * CANVAS_FACE), 0, 1)
    fade[: round(_ABOVE * CANVAS_FACE)] = 1
    over = alpha.astype(np.float32) / 255 * fade
    under = body_alpha.astype(np.float32) / 255 * (1 - over)
    colour = canvas * over[..., None] + body * under[..., None]
    return _pixels(np.dstack([colour, (over + under) * 255]).round())


def _drawn_body(canvas: Pixels, alpha: Pixels, portrait: Portrait) -> tuple[Pixels, Pixels]:
    cloth = _colour_of_clothes(canvas, alpha, portrait)
    ax, ay = anchor(CANVAS_FACE)
    middle = ax + portrait.torso_shift * CANVAS_FACE
    mask = np.zeros(canvas.shape[:2], np.uint8)
    for outline in _body_outlines(portrait):
        points = [(middle + x * CANVAS_FACE, ay + y * CANVAS_FACE) for x, y in outline]
        cv2.fillPoly(mask, [np.array(points).round().astype(np.int32)], 255)
    rounded = cv2.GaussianBlur(mask, (0, 0), CANVAS_FACE / 16).astype(np.float32)
    colour = cloth * _folds(canvas.shape[:2], middle, portrait)[..., None]
    return _pixels(np.clip(colour, 0, 255)), _pixels(np.clip((rounded - 100) * 5, 0, 255))


def _folds(shape: tuple[int, ...], middle: float, portrait: Portrait) -> NDArray[np.float32]:
    """Return the light on drawn clothes: rounded off to the sides, with folds, and a crease beside each arm."""
    across = (np.arange(shape[1], dtype=np.float32) - middle) / CANVAS_FACE
    grain = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    folds = cv2.GaussianBlur(grain, (0, 0), sigmaX=7, sigmaY=60)
    round_off = np.clip(1.08 - 0.2 * across**2, 0.4, 1.08)
    crease = 0.35 * np.exp(-(((np.abs(across) - portrait.half_width + 0.62) / 0.04) ** 2))
    light = round_off - crease + 0.035 * folds / folds.std()
    return np.asarray(light, np.float32)


def _body_outlines(portrait: Portrait) -> Iterable[list[tuple[float, float]]]:
    top, wide = portrait.shoulder, portrait.half_width - 0.2
    right = [(0.25, top - 0.15), (wide - 0.35, top + 0.2), (wide - 0.08, top + 0.6), (wide, 2.4), (wide - 0.3, 4.2)]
    yield [*right, *((-x, y) for x, y in reversed(right))]
    for side in (-1, 1):
        yield [(0.0, 4.0), (side * 1.05, 4.0), (side * 0.75, 7.2), (side * 0.2, 7.2)]


def _colour_of_clothes(canvas: Pixels, alpha: Pixels, portrait: Portrait) -> NDArray[np.float32]:
    """Return the middle colour of what the person wears beside the breast, BGR."""
    ax, ay = anchor(CANVAS_FACE)
    rows = slice(round(ay + (portrait.shoulder + 0.4) * CANVAS_FACE), round(ay + portrait.kept_below * CANVAS_FACE))
    left = round(ax + (portrait.torso_shift - 0.95) * CANVAS_FACE)
    columns = slice(left, left + round(0.5 * CANVAS_FACE))
    clothes = canvas[rows, columns][alpha[rows, columns] > 200]
    return np.asarray(np.median(clothes, axis=0), np.float32)


def _levels(photograph: Photograph, whole: Pixels) -> CutOut:
    sizes = [(round(whole.shape[1] * level), round(whole.shape[0] * level)) for level in _LEVELS]
    canvases = [whole]
    for size in sizes[1:]:
        canvases.append(_pixels(cv2.resize(canvases[-1], size, interpolation=cv2.INTER_AREA)))
    return CutOut(
        person=photograph.person,
        photograph=photograph.number,
        canvases_bgra=tuple(canvases),
        face_heights=tuple(CANVAS_FACE * level for level in _LEVELS),
    )
