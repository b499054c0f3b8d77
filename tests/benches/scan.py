#!/usr/bin/env python3
"""Processor and wall time of `scan` in 1, 2 and 4 shards, against `inspect` in one process.

    python3 tests/benches/scan.py PROGRAM FOLDER [PHOTOS] [ROUNDS]

Each process has one thread. The order is turned round from round to round.
"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(commands):
    """Processor and wall time in seconds of commands that run at once."""
    before, start = cpu_s(), time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    children = [subprocess.Popen(command, **quiet) for command in commands]
    codes = {child.wait() for child in children}
    assert codes <= {0, 2}, codes
    return cpu_s() - before, time.monotonic() - start


def main(program, folder, photos="200", rounds="3"):
    program, folder = str(Path(program).resolve()), Path(folder).resolve()
    files = sorted(folder.rglob("*.jpg"))[: int(photos)]
    common = ["--threads", "1", "--progress", "none"]
    figures = {}
    with tempfile.TemporaryDirectory() as place:
        manifest = Path(place, "files.txt")
        manifest.write_text("".join(f"{file.relative_to(folder)}\n" for file in files))
        for turn in range(int(rounds)):
            jobs = {"inspect": [[program, "inspect", "--json", *common, *map(str, files)]]}
            for n in (1, 2, 4):
                scan = [program, "scan", "--manifest", manifest, "--root", folder, "--only", "inspect"]
                scan += ["--out", Path(place, f"out-{turn}-{n}"), *common]
                jobs[f"scan, shards: {n}"] = [[*scan, "--shard", f"{i}/{n}"] for i in range(n)]
            for name in list(jobs)[:: -1 if turn % 2 else 1]:
                figures.setdefault(name, []).append(measure(jobs[name]))
    print(f"{len(files)} photos, median of {rounds}; load {os.getloadavg()[0]:.1f}")
    for name, pairs in figures.items():
        cpu, wall = (statistics.median(values) for values in zip(*pairs))
        print(f"{name}: {1000 * cpu / len(files):.1f} ms of processor time a photo, {wall:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
