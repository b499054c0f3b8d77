#!/usr/bin/env python3
"""Writes what a package is made of: a bill of materials (CycloneDX 1.6) and the licenses of all crates.

Crates are those that cargo links into the program for one system, without macros and build scripts:
`cargo metadata` alone names hundreds that no build contains. Needs cargo, and the sources of the crates
in its folder (`cargo fetch`). The same inputs give the same bytes.

    bill.py --root DIR --target TRIPLE --features LIST --binary FILE --runtime FILE --epoch SECONDS
            --sbom OUT.json --licenses OUT.txt
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import tomllib
import uuid
from datetime import datetime, timezone

LICENSE_FILE = re.compile(r"(?i)(un)?(licen[cs]e|copying|copyright|notice|ofl|ufl)")
# What a crate without a license file is under, if it leaves the choice.
PREFERRED = ("MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0")
# Where Debian keeps the texts that this repository has not.
SYSTEM_TEXTS = {"MPL-2.0": "MPL-2.0", "BSD-3-Clause": "BSD"}


def cargo(root, *words):
    return subprocess.run(["cargo", *words], cwd=root, check=True, capture_output=True, text=True).stdout


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def linked_crates(args):
    """The packages of cargo's metadata that are in the program, by name and version."""
    common = ["--locked", "--no-default-features", "--features", args.features]
    tree = cargo(args.root, "tree", *common, "--target", args.target, "--edges", "normal,no-proc-macro",
                 "--prefix", "none", "--format", "{p}")
    linked = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    metadata = json.loads(cargo(args.root, "metadata", "--format-version", "1", *common,
                                "--filter-platform", args.target))
    key = lambda package: (package["name"], "v" + package["version"])
    crates = {p["id"]: p for p in metadata["packages"] if key(p) in linked}
    missing = linked - {key(p) for p in crates.values()}
    if missing:
        raise SystemExit(f"cargo metadata does not know {sorted(missing)}")
    uses = {node["id"]: [d for d in node["dependencies"] if d in crates]
            for node in metadata["resolve"]["nodes"] if node["id"] in crates}
    return metadata["resolve"]["root"], crates, uses


def expression(crate):
    """The SPDX expression; older crates write a slash for OR."""
    return re.sub(r"\s*/\s*", " OR ", crate["license"] or "")


def texts_of(crate):
    """The license texts in the folder of a crate."""
    folder = pathlib.Path(crate["manifest_path"]).parent
    files = {f for f in folder.iterdir() if f.is_file() and LICENSE_FILE.match(f.name)}
    files |= {f for below in folder.iterdir() if below.is_dir() and LICENSE_FILE.match(below.name)
              for f in below.iterdir() if f.is_file()}
    # Fonts have theirs beside them.
    files |= {f for f in folder.glob("fonts/*") if f.suffix == ".txt"}
    if crate["license_file"]:
        files.add(folder / crate["license_file"])
    texts = (f.read_text(errors="replace") for f in sorted(files) if f.is_file())
    return [clean for clean in ("\n".join(l.rstrip() for l in t.splitlines()).strip() for t in texts) if clean]


def stand_in(crate, crates, root):
    """The text of its license for a crate that has no file of it."""
    words = re.findall(r"[\w.-]+", expression(crate))
    chosen = next((name for name in PREFERRED if name in words), None)
    if chosen == "MIT":
        authors = ", ".join(re.sub(r"\s*<[^>]*>", "", a) for a in crate["authors"])
        mit = (root / "LICENSE-MIT").read_text()
        return re.sub(r"Copyright .*", f"Copyright (c) {authors or 'the authors of ' + crate['name']}", mit, count=1).strip()
    if chosen == "Apache-2.0":
        return (root / "LICENSE-APACHE").read_text().strip()
    system = pathlib.Path("/usr/share/common-licenses") / SYSTEM_TEXTS.get(chosen, "none")
    if system.is_file():
        return system.read_text().strip()
    same = (texts_of(other) for other in crates if expression(other) == expression(crate))
    for texts in same:
        if len(texts) == 1:
            return texts[0]
    raise SystemExit(f"{crate['name']} {crate['version']} has no license file ({crate['license']})")


def licenses(crates, root):
    """One page: the crates with their licenses, then each text once with the crates it belongs to."""
    by_text = {}
    table = []
    for crate in sorted(crates.values(), key=lambda c: (c["name"], c["version"])):
        name = f"{crate['name']} {crate['version']}"
        place = crate["repository"] or f"https://crates.io/crates/{crate['name']}"
        table.append(f"{name:<40} {expression(crate) or 'see its text below'}\n{'':<40} {place}")
        for text in texts_of(crate) or [stand_in(crate, crates.values(), root)]:
            by_text.setdefault(text, []).append(name)
    head = ("Pentimento is made with the crates listed here, and with the Rust standard library (MIT OR\n"
            "Apache-2.0, https://www.rust-lang.org). Each license follows once, after the crates that are\n"
            "under it. The source of every crate is at https://crates.io/crates/NAME/VERSION.\n\n")
    rule = "\n\n" + "-" * 78 + "\n"
    parts = [f"{', '.join(names)}\n\n{text}" for text, names in by_text.items()]
    return head + "\n".join(table) + rule + rule.join(parts) + "\n"


def component(crate, checksums):
    name, version = crate["name"], crate["version"]
    found = {"type": "library", "bom-ref": f"pkg:cargo/{name}@{version}", "name": name, "version": version,
             "purl": f"pkg:cargo/{name}@{version}", "scope": "required"}
    if crate["license"]:
        found["licenses"] = [{"expression": expression(crate)}]
    if (name, version) in checksums:
        found["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
    if crate["repository"]:
        found["externalReferences"] = [{"type": "vcs", "url": crate["repository"]}]
    return found


def models(root):
    """The shipped models by their cards."""
    for card in sorted((root / "models").glob("*/card.toml")):
        facts = tomllib.loads(card.read_text())
        yield {"type": "machine-learning-model", "bom-ref": f"model:{facts['name']}", "name": facts["name"],
               "description": facts["summary"], "licenses": [{"license": {"name": facts["license"]}}],
               "hashes": [{"alg": "SHA-256", "content": facts["file"]["sha256"]}]}


def bill(args, root_id, crates, uses):
    lock = tomllib.loads((args.root / "Cargo.lock").read_text())
    checksums = {(p["name"], p["version"]): p["checksum"] for p in lock["package"] if "checksum" in p}
    reference = lambda id: f"pkg:cargo/{crates[id]['name']}@{crates[id]['version']}"
    program = component(crates[root_id], checksums)
    program |= {"type": "application", "hashes": [{"alg": "SHA-256", "content": sha256(args.binary)}]}
    del program["scope"]
    download = (args.root / "assets/package/onnxruntime.sh").read_text()
    runtime_version = re.search(r"^version=(.+)$", download, re.MULTILINE).group(1)
    runtime = {"type": "library", "bom-ref": "onnxruntime", "name": "onnxruntime", "version": runtime_version,
               "purl": f"pkg:pypi/onnxruntime@{runtime_version}", "scope": "optional",
               "licenses": [{"license": {"id": "MIT"}}],
               "hashes": [{"alg": "SHA-256", "content": sha256(args.runtime)}]}
    fonts = {"type": "file", "bom-ref": "fonts:dejavu", "name": "DejaVu Sans Condensed", "version": "2.37",
             "licenses": [{"license": {"name": "Bitstream Vera and Arev"}}]}
    others = [runtime, fonts, *models(args.root)]
    ordered = sorted((id for id in crates if id != root_id), key=reference)
    edges = [{"ref": reference(id), "dependsOn": sorted({reference(d) for d in uses[id]})}
             for id in sorted(crates, key=reference)]
    for edge in edges:
        if edge["ref"] == reference(root_id):
            edge["dependsOn"] += [other["bom-ref"] for other in others]
    made = datetime.fromtimestamp(args.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX",
                "specVersion": "1.6", "version": 1,
                "metadata": {"timestamp": made, "component": program},
                "components": [component(crates[id], checksums) for id in ordered] + others,
                "dependencies": edges + [{"ref": other["bom-ref"]} for other in others]}
    # The number is a hash of the content: the same content has the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {**document, "serialNumber": f"urn:uuid:{number}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("root", "binary", "runtime", "sbom", "licenses"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    for name in ("target", "features"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    args = parser.parse_args()
    root_id, crates, uses = linked_crates(args)
    args.sbom.write_text(json.dumps(bill(args, root_id, crates, uses), indent=1, sort_keys=True) + "\n")
    others = {id: crate for id, crate in crates.items() if id != root_id}
    args.licenses.write_text(licenses(others, args.root))


if __name__ == "__main__":
    main()
