#!/usr/bin/env bash
# Puts ONNX Runtime for the processor, with its license and notices, into a folder. Running it again
# downloads nothing. The wheel comes from PyPI; one with another hash than below is refused.
#
#   bash assets/package/onnxruntime.sh FOLDER [linux-x86_64|linux-aarch64|macos-aarch64|windows-x86_64]
set -euo pipefail

# The last version without an uploader of usage data: see assets/manual/engines.md.
version=1.28.0
folder=$1
target=${2:-linux-x86_64}
case $target in
linux-x86_64)
    platform=manylinux_2_28_x86_64 library=libonnxruntime.so.$version
    wheel_sha256=0a83bdb70d143cede762b677789bf2a7acca54b3fb82565601d5c30695aa933c ;;
linux-aarch64)
    platform=manylinux_2_28_aarch64 library=libonnxruntime.so.$version
    wheel_sha256=4e81a23df16e7acb9d51b06d30cc098e49315ef9180f97bc2221d167b4b04d9c ;;
macos-aarch64)
    platform=macosx_14_0_arm64 library=libonnxruntime.$version.dylib
    wheel_sha256=26ff0fdd06efb6c155bae95387a09db1a2be89c7a03e4d0bffd5a171cc2826da ;;
windows-x86_64)
    platform=win_amd64 library=onnxruntime.dll
    wheel_sha256=c35064f9b3c43c81c5d5d282091401d0f1ff22796d93ccade4ea2ece5e137ab8 ;;
*) echo "ONNX Runtime for $target is not known here" >&2; exit 1 ;;
esac

# The libraries that the program knows, by release and system (src/infer/library/known.rs).
is_known() {
    local section="[onnxruntime $version ${target/-/ }]" found
    found=$(sha256sum "$folder/$library" | cut -d' ' -f1)
    awk -v section="$section" '/^\[/ { on = $0 == section } on' \
        "$(dirname "$0")/../../src/infer/library/known.txt" | grep -xF "$found $library" >/dev/null
}
if [ -e "$folder/$library" ]; then
    is_known || { echo "$folder/$library is not the library of that release: delete it" >&2; exit 1; }
    exit
fi
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
# Only the library is taken, so any Python 3 will do.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.12 --platform "$platform" \
    --dest "$wheels" "onnxruntime==$version"
wheel=("$wheels"/onnxruntime-*.whl)
python3 - "${wheel[0]}" "$wheel_sha256" "$library" "$folder" <<'PYTHON'
import hashlib, pathlib, sys, zipfile
wheel, expected, library, folder = sys.argv[1:]
found = hashlib.sha256(pathlib.Path(wheel).read_bytes()).hexdigest()
if found != expected:
    sys.exit(f"{wheel} has the SHA-256 {found}, not {expected}")
out = pathlib.Path(folder)
out.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(wheel) as files:
    for name in ("LICENSE", "ThirdPartyNotices.txt", "capi/" + library):
        (out / pathlib.Path(name).name).write_bytes(files.read("onnxruntime/" + name))
PYTHON
is_known
