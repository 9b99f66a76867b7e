"""A volunteer: somebody at a local webcam who consents on screen, is enrolled for that webcam alone, and then erased.

A warrant of the demonstration stands behind it, as behind everything; it is revoked when the webcam closes, after ten
minutes at the latest.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import cv2
import typer
from rich.console import Console

from contracts.clock import read_clocks
from contracts.vocabulary import SourceKind
from edge.source import CameraSource
from insyn.demonstration import story
from insyn.demonstration.applications import volunteer
from insyn.demonstration.keys import load_demo_keys
from insyn.demonstration.people import load_people
from insyn.errors import InsynError
from insyn.home import Home
from insyn.system import running_address

LONGEST_SECONDS: Final = 600.0
_WARM_UP_FRAMES: Final = 15

CONSENT: Final = """\
You are about to be enrolled in a demonstration of face comparison, on this machine alone.

  One photograph of you is taken with this webcam and becomes a reference.
  Faces in front of this webcam are compared with it, for ten minutes at most.
  Then reference, photograph and alerts are erased: keys first. You can end it at any time with Ctrl-C.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteering:
    """One volunteer's time at the webcam."""

    ends: float

    def is_over(self) -> bool:
        """Say whether the ten minutes are over."""
        return time.monotonic() >= self.ends


@contextmanager
def enrol_volunteer(home: Home, source: CameraSource, console: Console) -> Iterator[Volunteering]:
    """Ask for consent, enrol the person at the webcam, and erase everything of theirs afterwards, whatever happens.

    Raises:
        InsynError: no webcam, no consent, or the demonstration does not run.
    """
    if source.kind is not SourceKind.DEVICE:
        raise InsynError("Only a person at a local webcam can be enrolled live: give its number, such as --camera 0.")
    console.print(CONSENT)
    if typer.prompt("Type 'I consent' to go on", default="no") != "I consent":
        raise InsynError("You did not consent; nothing was taken.")
    address, people = running_address(home), load_people(home.root / "demonstration" / "log-ins.json")
    photograph = take_photograph(int(source.location))
    form = volunteer(photograph, now=read_clocks().now)
    warrant = story.grant(address, people, load_demo_keys(home), form)
    try:
        story.enrol_volunteer(address, people, warrant, photograph)
        story.start_deployment(address, people, warrant)
        yield Volunteering(ends=time.monotonic() + LONGEST_SECONDS)
    finally:
        story.revoke_warrant(address, people, warrant)
        console.print("Your reference and all that came of it are erased.")


def take_photograph(device: int) -> bytes:
    """Take one photograph with a local webcam and return it as PNG, in memory.

    Raises:
        InsynError: the webcam gives no picture.
    """
    webcam = cv2.VideoCapture(device)
    try:
        for _ in range(_WARM_UP_FRAMES):
            webcam.read()
        taken, image = webcam.read()
    finally:
        webcam.release()
    if not taken:
        raise InsynError("This webcam gives no picture: check its number, and that no other program uses it.")
    encoded, png = cv2.imencode(".png", image)
    if not encoded:
        raise InsynError("The webcam's picture cannot be used.")
    return png.tobytes()
