#!/usr/bin/env bash
# Cargo calls it for the targets of this crate: RUSTC_WORKSPACE_WRAPPER=tests/checks/rustc.sh. It keeps
# how a target is compiled, for crate.sh, and lets rustc compile it.
set -euo pipefail

source='' out='' before='' kind=''
for word in "$@"; do
    case $before in --out-dir) out=$word ;; esac
    case $word in *.rs) source=$word ;; --test) kind=-test ;; esac
    before=$word
done
# Without a source, Cargo asks for what rustc can do.
if [ -n "$source" ] && [ -n "$out" ]; then
    name=${source#"$PWD/"}
    mkdir -p "$out/commands"
    {
        export -p | sed 's/^declare -x/export/'
        printf 'command=('
        printf '%q ' "$@"
        printf ')\n'
    } >"$out/commands/${name//\//-}$kind"
fi
exec "$@"
