"""What a route writes to the log, declared beside who may call it. One that does not say so stops the application."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from fastapi.routing import APIRoute

from governance.domain.events import Event
from governance.domain.recording import Recording, recording, recording_nothing


@dataclass(frozen=True, slots=True)
class Records:
    """A route's declaration, as a dependency that does nothing: it is there to be read."""

    declared: Recording

    async def __call__(self) -> None:
        """Do nothing."""


def records(*always: Event, sometimes: Collection[Event] = (), silent: str = "") -> Any:
    """Declare the events that a route writes; see `governance.domain.recording.recording`."""
    return Depends(Records(recording(*always, sometimes=sometimes, silent=silent)))


def records_nothing(reason: str) -> Any:
    """Declare that a route writes nothing, for a reason that stands in the reviewed list of the tests."""
    return Depends(Records(recording_nothing(reason)))


def recorded_by(route: APIRoute) -> Recording | None:
    """Return what a route declares, if it does."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Records):
            return dependency.call.declared
    return None
