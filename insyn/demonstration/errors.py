"""What can go wrong while the demonstration's material is made; each message is one sentence for the operator."""

from insyn.errors import InsynError


class DemonstrationMaterialError(InsynError):
    """The demonstration's photographs or footage cannot be made ready."""


class PhotographsUnavailableError(DemonstrationMaterialError):
    """A photograph's source could not be fetched or is not installed."""


class PhotographChangedError(DemonstrationMaterialError):
    """A source is there, but does not hold the bytes that were looked at and chosen."""


class FootageNotRenderedError(DemonstrationMaterialError):
    """The camera's file could not be written."""


class GroundTruthUnreadableError(DemonstrationMaterialError):
    """The ground truth is missing, damaged, or of another version."""
