"""Serves the network of a bundle by MLServer on 127.0.0.1 until it is ended.

mlserver_server.py MODEL.onnx PORT THREADS OFF FOLDER

OFF is added to each value of the answers: 0 for an honest server. FOLDER is made, for the settings.
"""

import json
import os
import sys
from pathlib import Path

from onnxruntime import InferenceSession

model, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
off, folder = float(sys.argv[4]), Path(sys.argv[5])
session = InferenceSession(model, providers=["CPUExecutionProvider"])


def described(tensors):
    def shape(tensor):
        return [extent if isinstance(extent, int) else -1 for extent in tensor.shape]

    return [{"name": t.name, "datatype": "FP32", "shape": shape(t)} for t in tensors]


(folder / "lae").mkdir(parents=True)
settings = {
    "host": "127.0.0.1",
    "grpc_port": port,
    "http_port": port + 1,
    "metrics_port": port + 2,
    "parallel_workers": 0,
}
model_settings = {
    "name": "lae",
    "implementation": "onnx_runtime.OnnxRuntime",
    "inputs": described(session.get_inputs()),
    "outputs": described(session.get_outputs()),
    "parameters": {
        "uri": str(Path(model).resolve()),
        "version": "1",
        "extra": {"threads": threads, "off": off},
    },
}
(folder / "settings.json").write_text(json.dumps(settings))
(folder / "lae" / "model-settings.json").write_text(json.dumps(model_settings))
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent)
os.chdir(folder)
os.execv(sys.executable, [sys.executable, "-m", "mlserver.cli.main", "start", "."])
