#!/usr/bin/env bash
# The client of model servers against servers of other people, on 127.0.0.1. Run by hand: it installs
# some 800 MB of Python packages into third_party/.
#
#   bash tests/remote/run.sh                  both servers
#   bash tests/remote/run.sh pytriton         one of them
#
# PROGRAM names a pentimento that was built with the feature remote; by default target/release/pentimento.
# TESTS names its integration tests; by default cargo builds and runs them.
# PyTriton starts an interpreter that is linked to the library of Debian's Python, so that one runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/remote
program=${PROGRAM:-target/release/pentimento}
tests=(cargo test --locked --release --features remote --test it --)
[ -z "${TESTS:-}" ] || tests=("$TESTS")
model=models/lae/model.onnx
samples=(assets/samples/astronaut.png assets/samples/astronaut-forged.png)
# So that the server and this program have a processor each on a small machine.
threads=1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
export PENTIMENTO_ONNXRUNTIME=${PENTIMENTO_ONNXRUNTIME:-$PWD/third_party/onnxruntime}
export PENTIMENTO_MODELS=$PWD/models

install() { # NAME PACKAGE…
    local folder=third_party/remote/$1
    shift
    [ -e "$folder/done" ] && return
    rm -rf "$folder"
    /usr/bin/python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    touch "$folder/done"
}

start() { # NAME PORT OFF
    local python=third_party/remote/$1/bin/python folder=$work/$1-$2
    case $1 in
    mlserver) "$python" "$here/mlserver_server.py" "$model" "$2" "$threads" "$3" "$folder" ;;
    pytriton) "$python" "$here/pytriton_server.py" "$model" "$2" "$threads" "$3" ;;
    esac >"$work/log" 2>&1 &
    server=$!
}

stop() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
}

install pytriton nvidia-pytriton==0.7.0 onnxruntime==1.28.0
port=18400
for name in "${@:-mlserver pytriton}"; do
    for name in $name; do
        echo "== $name"
        [ "$name" = pytriton ] || install mlserver mlserver==1.7.1 onnxruntime==1.28.0
        port=$((port + 10))
        start "$name" "$port" 0
        # It waits for the server.
        "$program" inspect --json --threads "$threads" "${samples[@]}" >"$work/local.jsonl"
        "$program" inspect --json --threads "$threads" --remote "grpc://127.0.0.1:$port" \
            "${samples[@]}" >"$work/remote.jsonl"
        python3 "$here/compare.py" "$work/local.jsonl" "$work/remote.jsonl"
        for n in 2 6; do
            PENTIMENTO_MODEL_SERVER=grpc://127.0.0.1:$port PENTIMENTO_CROPS=$n \
                "${tests[@]}" model::remote::real --ignored --exact --nocapture 2>/dev/null | grep crops
            third_party/remote/pytriton/bin/python "$here/client.py" "127.0.0.1:$port" "$n" 100
        done
        stop
        echo "== $name, off by 0.01"
        port=$((port + 10))
        start "$name" "$port" 0.01
        if "$program" inspect --remote "grpc://127.0.0.1:$port" "${samples[@]}" >"$work/out" 2>&1 ||
            ! grep "canary" "$work/out"; then
            cat "$work/out" "$work/log" >&2
            echo "a server that answers wrongly was not refused by the canary" >&2
            exit 1
        fi
        stop
    done
done
