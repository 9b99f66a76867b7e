"""The one kind of array that weights are."""

import numpy as np
import numpy.typing as npt

#: Any array of 32-bit floats; its name or its docstring says the shape.
FloatArray = npt.NDArray[np.float32]
