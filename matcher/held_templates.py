"""Templates in one array that nobody keeps longer than their authority: lent for one comparison, then overwritten.

What whose they are is said by who holds them: a warrant's gallery (`matcher.gallery`) or a volunteers' list
(`matcher.volunteer_gallery`). Neither is the other.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from matcher.errors import MatcherError
from matcher.faces.face import FloatArray
from matcher.wiping import LockedArray

_LONGEST: Final = 1e3
"""No template of any profile is this long; one that is would be far from everything, or near to it by overflow."""


class GalleryWiped(MatcherError):
    """The gallery was overwritten because its authority ended; nothing is compared with it any more."""


class TemplateUnusable(MatcherError):
    """The bytes of an opened box are no template of the model profile."""


class HeldTemplates:
    """The templates of one list. `wipe` ends it, from any thread."""

    def __init__(self, templates: LockedArray) -> None:
        self._templates: LockedArray | None = templates
        self._in_use = threading.Lock()

    @property
    def locked(self) -> bool:
        """Whether the system keeps the templates out of swap."""
        return self._templates is not None and self._templates.locked

    @property
    def wiped(self) -> bool:
        """Whether the templates are gone."""
        return self._templates is None

    @contextmanager
    def templates(self) -> Iterator[FloatArray]:
        """Lend the templates (n x d, float32) for one comparison; `wipe` waits for its end. Keep no view of them.

        Raises:
            GalleryWiped: they are gone.
        """
        with self._in_use:
            if self._templates is None:
                raise GalleryWiped("This gallery was overwritten; ask for a new lease.")
            yield self._templates.array

    def wipe(self) -> None:
        """Overwrite all templates in place. A second call changes nothing."""
        with self._in_use:
            if self._templates is not None:
                self._templates.wipe()
            self._templates = None


def copy_template(plain: bytes, row: FloatArray) -> None:
    """Copy an opened template into its row; the caller overwrites `plain`.

    Raises:
        TemplateUnusable: it has another length than the profile's, or is not made of usable numbers.
    """
    if len(plain) != row.size * 4:
        raise TemplateUnusable("A template has another length than the model profile's.")
    row[:] = np.frombuffer(plain, "<f4")
    length = float(np.linalg.norm(row))
    if not 0 < length < _LONGEST:
        raise TemplateUnusable("A template is not made of usable numbers.")
