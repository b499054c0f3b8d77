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

# FUZZ names a program that is built already.
fuzz=${FUZZ:-}
if [ -z "$fuzz" ]; then
    # The versions that are shipped.
    cp ../../Cargo.lock Cargo.lock
    host=$(rustc -vV | sed -n 's/^host: //p')
    RUSTC_WRAPPER="$PWD/rustc.sh" ${CARGO:-cargo} build --release --target "$host"
    fuzz=${CARGO_TARGET_DIR:-target}/$host/release/fuzz
fi

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(LIST=1 "$fuzz")

# A picture or a clip of the test pattern.
pattern() {
    [ -e "$1" ] || ffmpeg -hide_banner -loglevel error -nostdin -f lavfi \
        -i testsrc=s=24x16:d=0.4:r=10 "${@:2}" "$1" || true
}

# Whole files to begin with, made by programs that are there anyway.
seed() {
    local target=$1 folder=corpus/$1 root=../..
    mkdir -p "$folder" "found/$target"
    case $target in
    still | containers | metadata | webp_clip)
        for name in a.jpg a.png a.gif a.webp a.tiff a.bmp; do
            pattern "$folder/$name" -frames:v 1
        done
        pattern "$folder/b.webp" -c:v libwebp_anim
        ;;
    jpeg_segments) pattern "$folder/a.jpg" -frames:v 1 ;;
    png_chunks) pattern "$folder/a.png" -frames:v 1 ;;
    gif_blocks) pattern "$folder/a.gif" ;;
    bmp_header) pattern "$folder/a.bmp" -frames:v 1 ;;
    tiff_directories | exif) pattern "$folder/a.tiff" -frames:v 1 ;;
    riff_webp) pattern "$folder/a.webp" -c:v libwebp_anim ;;
    riff_avi) pattern "$folder/a.avi" -c:v mjpeg ;;
    boxes_heif | boxes_mp4)
        pattern "$folder/a.mp4" -c:v mpeg4
        pattern "$folder/b.mp4" -c:v mpeg4 -movflags frag_keyframe+empty_moov
        ;;
    matroska) pattern "$folder/a.mkv" -c:v mpeg4 ;;
    card) cp -n $root/models/*/card.toml "$folder/" 2>/dev/null || true ;;
    onnx) cp -n $root/models/yunet/model.onnx "$folder/" 2>/dev/null || true ;;
    report_record) cp -n $root/assets/samples/report/report.json "$folder/" 2>/dev/null || true ;;
    esac
}

status=0
for target in "${targets[@]}"; do
    seed "$target"
    extra=()
    [ -e "words/$target" ] && extra=("-dict=words/$target")
    echo "== $target"
    TARGET=$target "$fuzz" "corpus/$target" "found/$target" "${extra[@]}" \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="found/$target/" >"corpus/$target.log" 2>&1 || {
        status=1
        echo "FOUND: see tests/fuzz/found/$target"
        grep -m 3 -E 'panicked|ERROR|SUMMARY' "corpus/$target.log" || true
    }
    grep -E 'number_of_executed_units|peak_rss_mb' "corpus/$target.log" || true
done
exit $status
