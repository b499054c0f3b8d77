#!/usr/bin/env bash
# Fuzzes every parser for so many seconds each: tests/fuzz/run.sh SECONDS [TARGET…]
#
# Needs no other Rust than the usual one and a compiler of C++. Only the crates of this project get the
# counters of libFuzzer (rustc.sh): those are the readers to be tried. What breaks a target lies in
# tests/fuzz/found/TARGET afterwards and is tried first in the next run: it belongs into the repository
# with the change that mends it. What was tried lies in tests/fuzz/corpus, which git ignores.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?how many seconds for each target}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls fuzz_targets | sed 's/\.rs$//')

# The versions that are shipped.
cp ../../Cargo.lock Cargo.lock
host=$(rustc -vV | sed -n 's/^host: //p')
target_folder=${CARGO_TARGET_DIR:-target}
RUSTC_WRAPPER="$PWD/rustc.sh" \
    ${CARGO:-cargo} build --release --target "$host" "${targets[@]/#/--bin=}"

# Whole files to begin with, made by programs that are there anyway.
seed() {
    local target=$1 folder=corpus/$1 root=../..
    mkdir -p "$folder" "found/$target"
    case $target in
    still | containers | webp_clip)
        for name in a.jpg a.png a.gif a.webp a.tiff a.bmp; do
            [ -e "$folder/$name" ] || ffmpeg -hide_banner -loglevel error -nostdin -f lavfi \
                -i testsrc=s=24x16:d=0.2:r=10 -frames:v 1 "$folder/$name" || true
        done
        [ -e "$folder/b.webp" ] || ffmpeg -hide_banner -loglevel error -nostdin -f lavfi \
            -i testsrc=s=24x16:d=0.4:r=10 -c:v libwebp_anim "$folder/b.webp" || true
        ;;
    card) cp -n $root/models/*/card.toml "$folder/" 2>/dev/null || true ;;
    onnx) cp -n $root/models/yunet/model.onnx "$folder/" 2>/dev/null || true ;;
    esac
}

status=0
for target in "${targets[@]}"; do
    seed "$target"
    extra=()
    [ -e "words/$target" ] && extra=("-dict=words/$target")
    echo "== $target"
    "$target_folder/$host/release/$target" "corpus/$target" "found/$target" "${extra[@]}" \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="found/$target/" >"corpus/$target.log" 2>&1 || {
        status=1
        echo "FOUND: see tests/fuzz/found/$target"
        grep -m 3 -E 'panicked|ERROR|SUMMARY' "corpus/$target.log" || true
    }
    grep -E 'number_of_executed_units|peak_rss_mb' "corpus/$target.log" || true
done
exit $status
