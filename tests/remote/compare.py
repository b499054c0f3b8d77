"""Compares what inspect --json says of the same files by this program and by a model server.

compare.py LOCAL.jsonl REMOTE.jsonl    Numbers may differ by 0.001, everything else must be equal.
"""

import json
import sys

TOLERANCE = 1e-3
# What computed it, and how long it took.
OTHERWISE = {"engine", "provider", "remote", "elapsed_ms"}
largest = 0.0


def compare(here, there, place):
    global largest
    if isinstance(here, dict) and isinstance(there, dict):
        keys = (here.keys() | there.keys()) - (OTHERWISE if place.count(".") == 0 else set())
        for key in keys:
            compare(here.get(key), there.get(key), f"{place}.{key}" if place else key)
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for i, pair in enumerate(zip(here, there)):
            compare(*pair, f"{place}.{i}")
    elif isinstance(here, float) or isinstance(there, float):
        largest = max(largest, abs(here - there))
        assert abs(here - there) <= TOLERANCE, f"{place}: {here} here, {there} there"
    else:
        assert here == there, f"{place}: {here!r} here, {there!r} there"


local, remote = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])
assert len(local) == len(remote) > 0
for here, there in zip(local, remote):
    assert there["provider"] == "remote" and there["score"] is not None, there["path"]
    compare(here, there, "")
server = remote[0]["remote"]
print(f"{len(local)} files agree: largest difference {largest:.1e}; server {json.dumps(server)}")
