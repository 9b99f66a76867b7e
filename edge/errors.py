"""The errors of this package. Each carries one sentence for a person; none carries a path, an address or a crop."""


class EdgeError(Exception):
    """Something at the camera's edge was not as it has to be."""


class SourceRefused(EdgeError):
    """This source may not be opened, or what it holds is not a video. Trying again would not help."""


class MaskRefused(EdgeError):
    """A privacy mask of the camera's record cannot be painted; without its masks a camera is not read."""


class MatcherUnreachable(EdgeError):
    """The matcher beside this edge did not answer, or answered with something else than was agreed."""
