"""Reading dlib's own serialised weights and writing them as ONNX, the same bytes every time."""
