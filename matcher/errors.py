"""What the matcher refuses, each kind named for what went wrong.

Every message is one sentence that says what to do. None ever names a person, a reference or the path of a
photograph.
"""


class MatcherError(Exception):
    """The family of everything that the matcher refuses or cannot do."""


class ModelRefused(MatcherError):
    """A weights or model file is not what its hash, its profile or its format says."""


class ModelMissing(MatcherError):
    """The store does not hold a file that the profile binds."""


class StoreUnwritable(MatcherError):
    """The model store cannot be written: the disk is full, or the folder belongs to another."""


class ProfileMissing(MatcherError):
    """No model profile of this name is shipped."""


class ImageRefused(MatcherError):
    """A photograph cannot be used: empty, truncated, too large, or not an image at all."""
