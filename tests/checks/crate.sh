#!/usr/bin/env bash
# Lints and documentation of this crate, and its other builds, without building again what it depends on:
# rustc.sh kept how the tests' build compiled each target, and here that is changed and done again.
#
#   tests/checks/crate.sh FOLDER            all of it, as many at once as there are processors
#   tests/checks/crate.sh FOLDER lint TARGET
#   tests/checks/crate.sh FOLDER doc
#   tests/checks/crate.sh FOLDER features 'gui default'
#
# FOLDER: where rustc.sh put the commands, target/debug/deps/commands. A dependency keeps the features of
# the tests' build, so a feature that only another build lacks is not noticed.
set -euo pipefail
folder=$(cd "$1" && pwd)
lib=$folder/src-lib.rs

# Sets `command` and its environment to those of a target, without what they wrote and how they told it.
load() {
    # shellcheck disable=SC1090
    source "$1"
    # That build is over, and so is its agreement on how much runs at once.
    unset CARGO_MAKEFLAGS MAKEFLAGS MFLAGS
    local kept=() word before=''
    for word in "${command[@]:1}"; do
        case $word in
        --emit=* | --error-format=* | --json=* | --diagnostic-width=* | --out-dir | incremental=*) ;;
        *) [ "$before" = --out-dir ] || kept+=("$word") ;;
        esac
        before=$word
        # `-C incremental=…` is two words.
        if [ "${word#incremental=}" != "$word" ]; then unset 'kept[-1]'; fi
    done
    command=("${kept[@]}")
}

# Type checks with the lints, as `cargo clippy` does.
check() {
    clippy-driver rustc "${command[@]}" -D warnings --emit=metadata --out-dir "$out"
}

# Keeps these features alone.
only() {
    local kept=() word feature
    for word in "${command[@]}"; do
        if [[ $word == feature=* ]]; then
            feature=${word#feature=\"} feature=${feature%\"}
            # `--cfg` stands before it.
            if [[ " $1 " != *" $feature "* ]]; then
                unset 'kept[-1]'
                continue
            fi
        fi
        kept+=("$word")
    done
    command=("${kept[@]}")
}

if [ $# -eq 1 ]; then
    jobs=$(mktemp)
    trap 'rm -f "$jobs"' EXIT
    for target in "$folder"/*; do printf '%s\0' lint "${target##*/}"; done >"$jobs"
    # The longest come first. The builds that CONTRIBUTING.md names: a window without a trainer, and a
    # trainer without a window.
    printf '%s\0' doc '' features 'default gui' features train >>"$jobs"
    xargs -0 -a "$jobs" -n 2 -P "$(nproc)" bash "$0" "$folder"
    exit
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
case $2 in
lint)
    load "$folder/$3"
    check
    ;;
doc)
    load "$lib"
    rustdoc "${command[@]}" -D warnings -o "$out"
    ;;
features)
    load "$lib"
    only "$3"
    check
    ;;
*)
    echo "$0: unknown check: $2" >&2
    exit 2
    ;;
esac
echo "$2 ${3:-}: nothing found"
