"""What the matcher refuses, each kind named for what went wrong.

Every message is one sentence that says what to do. None ever names a person, a reference or the path of a
photograph.
"""


class MatcherError(Exception):
    """The family of everything that the matcher refuses or cannot do."""


class ModelRefused(MatcherError):  # noqa: N818 -- named for what happened, like all of this family
    """A weights or model file is not what its hash, its profile or its format says."""


class ModelMissing(MatcherError):  # noqa: N818 -- named for what happened, like all of this family
    """The store does not hold a file that the profile binds."""


class ProfileMissing(MatcherError):  # noqa: N818 -- named for what happened, like all of this family
    """No model profile of this name is shipped."""


class ImageRefused(MatcherError):  # noqa: N818 -- named for what happened, like all of this family
    """A photograph cannot be used: empty, truncated, too large, or not an image at all."""
