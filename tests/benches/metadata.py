"""How long `pentimento metadata` takes, beside exiftool and ffprobe, on the files with answers:

    python3 tests/benches/metadata.py target/release/pentimento FOLDER

All programs run in turn within each round, and medians of processor time are compared. Prints a table
and exits with 1 where a limit is broken. Needs Linux, exiftool and ffprobe; C2PA_PYTHON names a Python
that has c2pa-python.
"""

import os
import pathlib
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("ROUNDS", "15"))
MIB = 1 << 20


def run(words):
    """Processor time in ms, time in ms, largest memory in bytes, exit code."""
    begun = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = (time.monotonic() - begun) * 1000
    cpu = (usage.ru_utime + usage.ru_stime) * 1000
    return cpu, took, usage.ru_maxrss << 10, os.waitstatus_to_exitcode(status)


def medians(commands):
    """Medians of processor time of commands that run in turn."""
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            times[name].append(run(words)[0])
    return {name: statistics.median(values) for name, values in times.items()}


# The library c2pa by itself: its own processor time for one file, without the start of Python.
C2PA = """
import sys, time, c2pa
path, begun = sys.argv[1], time.process_time()
for _ in range(10):
    reader = c2pa.Reader(path)
    reader.json()
    reader.close()
print((time.process_time() - begun) * 100)
"""


def c2pa_ms(path):
    """Milliseconds of processor time that the library takes; empty where Python lacks c2pa-python."""
    python = os.environ.get("C2PA_PYTHON", sys.executable)
    found = subprocess.run([python, "-c", C2PA, path], capture_output=True, text=True, check=False)
    return f"{float(found.stdout):.1f}" if found.returncode == 0 else ""


def large_movie(small, path):
    """A movie whose media lie in 4 GiB of hole before its headers."""
    data = small.read_bytes()
    boxes, at = {}, 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        boxes[kind] = data[at:at + size]
        at += size
    with open(path, "wb") as file:
        file.write(boxes[b"ftyp"])
        file.write(struct.pack(">I4sQ", 1, b"mdat", 4 << 30))
        file.seek((4 << 30) - 16, os.SEEK_CUR)
        file.write(boxes[b"moov"])


def main():
    program, evidence = sys.argv[1], pathlib.Path(sys.argv[2])
    said = [program, "metadata", "--json"]
    faults = []

    def limit(name, value, most, unit):
        verdict = "" if value <= most else "  OVER THE LIMIT"
        print(f"{name}: {value:.1f} {unit} (limit {most:g}){verdict}")
        if value > most:
            faults.append(name)

    print("| file | pentimento ms CPU | exiftool | ratio | ffprobe | ratio | c2pa |\n|---|---|---|---|---|---|---|")
    files = [
        ("metadata/Canon.jpg", 15), ("metadata/ExtendedXMP.jpg", 15), ("metadata/PNG.png", 15),
        ("metadata/QuickTime.heic", 15), ("ai/automatic1111_cropped.png", 15),
        ("video/h264_x264_lavf.mp4", 15), ("video/apple_like_tags.mov", 15), ("video/vp9.webm", 15),
        ("video/double_gop12_then_250.mp4", 15), ("c2pa/C.jpg", 30), ("c2pa/CA.jpg", 30),
        ("c2pa/adobe_connected_identities.jpg", 30), ("c2pa/video1.mp4", 30),
    ]
    over = []
    for name, most in files:
        path = str(evidence / name)
        commands = {"ours": said + [path], "exiftool": ["exiftool", "-j", "-a", "-G1", path]}
        if name.startswith("video") or name.endswith("mp4"):
            commands["ffprobe"] = ["ffprobe", "-v", "error", "-show_format", "-show_streams", path]
        found = medians(commands)
        probe = found.get("ffprobe")
        ratio = f"{probe:.0f} | {found['ours'] / probe:.2f}" if probe else " | "
        row = f"| {name} | {found['ours']:.1f} | {found['exiftool']:.0f} | {found['ours'] / found['exiftool']:.2f} | {ratio} | {c2pa_ms(path) if 'c2pa' in name else ''} |"
        print(row)
        over.append((name, found["ours"], most))
    for name, ours, most in over:
        limit(name, ours, most, "ms CPU")

    with tempfile.TemporaryDirectory() as folder:
        movie = pathlib.Path(folder) / "large.mov"
        large_movie(evidence / "video/h264_x264_lavf.mp4", movie)
        runs = [run(said + [str(movie)]) for _ in range(ROUNDS)]
        limit("a movie of 4 GiB", statistics.median(cpu for cpu, *_ in runs), 50, "ms CPU")
        limit("a movie of 4 GiB", max(peak for *_, peak, _ in runs) / MIB, 32, "MiB")
        many = pathlib.Path(folder) / "many"
        many.mkdir()
        pictures = sorted((evidence / "metadata").glob("*.jpg"))
        for i in range(2000):
            shutil.copy(pictures[i % len(pictures)], many / f"{i}.jpg")
        cpu, took, _, _ = run(said + [str(many)])
        limit("a folder of 2000 JPEG files, each", cpu / 2000, 10, "ms CPU")
        print(f"  that is {2000 / (took / 1000):.0f} files a second")

    baseline = min(run([program, "--version"])[2] for _ in range(5))
    slowest, highest = (0, ""), (0, "")
    for path in sorted((evidence / "hostile").iterdir()):
        _, took, peak, code = run(said + [str(path)])
        more = max(0, peak - baseline - path.stat().st_size)
        slowest, highest = max(slowest, (took, path.name)), max(highest, (more, path.name))
        if code not in (0, 2):
            faults.append(f"{path.name}: exit code {code}")
    limit(f"slowest hostile file, {slowest[1]}", slowest[0], 1000, "ms")
    limit(f"memory over the file, {highest[1]}", highest[0] / MIB, 64, "MiB")

    for name in ["ai/own_thumbnail_matches.jpg", "c2pa/C.jpg", "metadata/Canon.jpg"]:
        inspect = [program, "inspect", "--engine", "rten", str(evidence / name)]
        found = medians({"text": inspect, "json": inspect[:2] + ["--json"] + inspect[2:]})
        limit(f"inspect, what the file says of {name}", found["json"] - found["text"], 30, "ms CPU")
    print("faults: " + (", ".join(faults) or "none"))
    sys.exit(bool(faults))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
