#!/usr/bin/env bash
# Compiles crates of this project with the counters that libFuzzer reads; all others as they are.
set -euo pipefail
flags=()
for word in "$@"; do
    case $word in
    pentimento | pentimento_fuzz)
        flags=(--cfg fuzzing -Cpasses=sancov-module
            -Cllvm-args=-sanitizer-coverage-level=4
            -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
            -Cllvm-args=-sanitizer-coverage-pc-table
            -Cllvm-args=-sanitizer-coverage-trace-compares)
        ;;
    esac
done
exec "$@" "${flags[@]}"
