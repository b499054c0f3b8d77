"""The throughput of a model server by Triton's own client: crops a second, one batch after the other.

client.py HOST:PORT CROPS_A_BATCH BATCHES
"""

import sys
import time

import numpy as np
import tritonclient.grpc as grpc

address, n, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = grpc.InferenceServerClient(address)
names = [output.name for output in client.get_model_metadata("lae").outputs]
pixels = np.random.default_rng(1).uniform(-1, 1, (n, 3, 224, 224)).astype(np.float32)


def run():
    given = grpc.InferInput("input", pixels.shape, "FP32")
    given.set_data_from_numpy(pixels)
    answer = client.infer("lae", [given], outputs=[grpc.InferRequestedOutput(x) for x in names])
    return [answer.as_numpy(name) for name in names]


for _ in range(5):
    run()
start = time.perf_counter()
for _ in range(times):
    run()
print(f"its own client: {n * times / (time.perf_counter() - start):.1f} crops/s in batches of {n}")
