"""Results as JSON has them: null with a reason for what is undefined, and no number that JSON cannot hold."""

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.metrics.rates import Rate

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def plain(value: Any) -> Any:
    """The value as what JSON has: rates with their fraction, figures with their reason, no infinity."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(one) for one in value]
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    bare = value.item() if isinstance(value, np.generic) else value
    return _number(bare) if isinstance(bare, float) else bare


def _fields(value: "DataclassInstance") -> dict[str, Any]:
    fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"value": value.value, **fields} if isinstance(value, Rate) else fields


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("infinity" if value > 0 else "-infinity")
