"""Running a model: one onnxruntime session, set for a small machine that several processes share."""

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as states

from matcher.errors import ModelRefused

_REFUSALS = (
    states.EPFail,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NotImplemented,
    states.RuntimeException,
)
_ERRORS_ONLY = 3

#: A second thread waits awake for a tenth of a millisecond, which is longer than the gaps within one run and far
#: shorter than those between two; work is dealt out in small blocks, so that a thread put aside holds up nobody.
_SHARING = {
    "session.intra_op.allow_spinning": "1",
    "session.intra_op.spin_duration_us": "100",
    "session.force_spinning_stop": "1",
    "session.dynamic_block_base": "4",
}


def open_session(content: bytes, *, threads: int) -> onnxruntime.InferenceSession:
    """Load a model from bytes that `ModelStore.read` gave.

    The session runs on the processor with exactly `threads` threads, keeps no arena between runs (a frame's memory is
    given back when the frame is done) and lets its threads sleep soon.

    Raises:
        ModelRefused: the runtime cannot load the model.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = _ERRORS_ONLY
    for key, value in _SHARING.items():
        options.add_session_config_entry(key, value)
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except _REFUSALS as error:
        raise ModelRefused("The runtime cannot load this model; add one of another format version.") from error
    # The runtime keeps the bytes to start anew with other providers, which we never ask for: 24 MB for nothing.
    session._model_bytes = None  # noqa: SLF001 -- there is no public way to let go of them
    return session
