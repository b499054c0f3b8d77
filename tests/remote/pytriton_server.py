"""Serves the network of a bundle by PyTriton (Triton Inference Server) on 127.0.0.1 until it is ended.

pytriton_server.py MODEL.onnx PORT THREADS OFF

OFF is added to each value of the answers: 0 for an honest server.
"""

import sys

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

model, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
off = np.float32(sys.argv[4])
options = SessionOptions()
options.intra_op_num_threads = threads
session = InferenceSession(model, options, providers=["CPUExecutionProvider"])


def described(tensors):
    def shape(tensor):
        return tuple(extent if isinstance(extent, int) else -1 for extent in tensor.shape)

    return [Tensor(name=t.name, dtype=np.float32, shape=shape(t)) for t in tensors]


def run(requests):
    names = [output.name for output in session.get_outputs()]
    answers = (session.run(names, dict(request.items())) for request in requests)
    return [dict(zip(names, (array + off for array in answer))) for answer in answers]


config = TritonConfig(
    grpc_address="127.0.0.1",
    grpc_port=port,
    http_address="127.0.0.1",
    http_port=port + 1,
    metrics_address="127.0.0.1",
    metrics_port=port + 2,
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="lae",
        infer_func=run,
        inputs=described(session.get_inputs()),
        outputs=described(session.get_outputs()),
        config=ModelConfig(batching=False),
    )
    triton.serve()
