"""Models: the store by hash, the shipped profiles, dlib's weights as ONNX, and the runtime that runs them."""
