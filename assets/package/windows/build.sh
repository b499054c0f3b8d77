#!/usr/bin/env bash
# Makes the installer for Windows (x86_64): in Git Bash on Windows, with Rust, Python 3 and Inno Setup 6.
# Not run yet: no Windows was at hand. The code is type-checked for it by tests/run.sh where a target is.
set -euo pipefail
cd "$(dirname "$0")/../../.."
features=gui,train,credentials,report-pdf
cargo build --release --locked --features "$features"
stage=target/package/windows
rm -rf "$stage"
mkdir -p "$stage/lib" "$stage/manual" "$stage/licenses"
bash assets/package/onnxruntime.sh "$stage/lib" windows-x86_64
for model in lae yunet facemesh; do
    mkdir -p "$stage/models/$model"
    cp models/$model/{card.toml,model.onnx} "$stage/models/$model/"
done
cp models/yunet/LICENSE "$stage/models/yunet/"
cp models/facemesh/LICENSE "$stage/models/facemesh/"
cp -r models/lae/{plan.json,checkpoint} "$stage/models/lae/"
cp assets/manual/*.md models/NOTICES.md models/lae/MODEL_CARD.md "$stage/manual/"
cp LICENSE-MIT LICENSE-APACHE "$stage/licenses/"
# An .ico is a list of PNG files behind a table.
python3 - "$stage/pentimento.ico" 16 24 32 48 64 128 256 <<'PYTHON'
import pathlib, struct, sys
sides = [int(side) for side in sys.argv[2:]]
pictures = [pathlib.Path(f"assets/icons/pentimento-{side}.png").read_bytes() for side in sides]
table, at = struct.pack("<HHH", 0, 1, len(sides)), 6 + 16 * len(sides)
for side, picture in zip(sides, pictures):
    table += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(picture), at)
    at += len(picture)
pathlib.Path(sys.argv[1]).write_bytes(table + b"".join(pictures))
PYTHON
python3 assets/package/bill.py --root . --target x86_64-pc-windows-msvc --features "$features" \
    --binary target/release/pentimento.exe --runtime "$stage/lib/onnxruntime.dll" \
    --epoch "$(git log -1 --format=%ct)" --sbom "$stage/licenses/sbom.cdx.json" \
    --licenses "$stage/licenses/licenses-of-crates.txt"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
iscc "/DVersion=$version" assets/package/windows/pentimento.iss
