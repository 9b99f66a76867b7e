"""Faces, models, comparison: the part of Insyn that sees faces."""

import os

# Since 1.29 onnxruntime reports its use to its maker over the network, and keeps a database of its own in the home
# folder. Nothing here reports to anybody but governance. It looks at this variable once, when it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
