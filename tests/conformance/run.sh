#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the OCI distribution-spec conformance program against the real binary, with every API and
# data switch on: once over plain HTTP with anonymous writes, once over TLS with credentials, where
# the program speaks HTTP/2 (the server's log must say so).
# Called as `./dev conformance`. Usage:
#   tests/conformance/run.sh [--only PREFIX] [http] [tls]
# --only runs the tests whose full name starts with PREFIX (e.g. "OCI Conformance Test/sha256
# blobs"); without http or tls both runs are made. BERTH_BINARY names the binary to test.
# Reports stay in build/conformance/{http,tls}. The last line is "N passed, N failed"; a test that
# was skipped or disabled counts as failed, and so does a run that made fewer tests than expected.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root

# The program's version is pinned in go.mod; its commit is the tail of that version.
readonly kModule=github.com/opencontainers/distribution-spec/conformance
# What a complete run of that version makes. Change it together with go.mod.
readonly kTestsExpected=1032
readonly kStartSeconds=30
readonly kRunSeconds=300
readonly kStopSeconds=40

binary=${BERTH_BINARY:-$root/build/release/berth}
reports=$root/build/conformance
work=""
server_pid=""
address=""

fail() {
    echo "conformance: $*" >&2
    exit 1
}

cleanup() {
    if [[ -n $server_pid ]]; then
        kill -KILL "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    if [[ -n $work ]]; then
        rm -rf "$work"
    fi
}

# Builds the program at the pinned version from the Go module proxy (or the module cache).
build_program() {
    local go commit
    go=$("$root/tools/go.sh")
    export HOME=${HOME:-$work}
    commit=$(awk -v m="$kModule" '$1 == m { sub(/.*-/, "", $2); print $2 }' "$here/go.mod")
    (cd "$here" && GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 \
        "$go" build -o "$reports/program" -ldflags "-X main.Version=$commit" "$kModule") ||
        fail "cannot build the conformance program"
    echo "conformance: distribution-spec at $commit"
}

# Starts the server with its data in $work/$1; the further arguments are passed on.
# Sets server_pid and address ("127.0.0.1:PORT").
start_server() {
    local name=$1 deadline=$((SECONDS + kStartSeconds))
    shift
    : >"$work/$name/stdout"  # there before it is looked into
    "$binary" serve --data "$work/$name/data" --listen 127.0.0.1:0 \
        --compatibility-delete-by-tag --compatibility-sparse-index "$@" \
        >"$work/$name/stdout" 2>"$reports/$name/server.log" </dev/null &
    server_pid=$!
    address=""
    while [[ -z $address ]]; do
        address=$(sed -nE 's|.*listening[[:space:]]+https?://([^ /]+).*|\1|p' \
            "$work/$name/stdout" | head -n 1)
        if [[ -z $address ]] && ! kill -0 "$server_pid" 2>/dev/null; then
            wait "$server_pid" || true
            server_pid=""
            tail -n 20 "$reports/$name/server.log" >&2
            fail "$name: the server ended before it listened"
        fi
        [[ $SECONDS -lt $deadline ]] || fail "$name: the server did not listen in time"
        [[ -n $address ]] || sleep 0.05
    done
}

# Stops the server; non-zero when it does not end by itself with status 0.
stop_server() {
    local deadline=$((SECONDS + kStopSeconds)) pid=$server_pid status=0
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        if [[ $SECONDS -ge $deadline ]]; then
            echo "conformance: the server did not stop in $kStopSeconds s" >&2
            kill -KILL "$pid" 2>/dev/null || true
        fi
        sleep 0.05
    done
    wait "$pid" || status=$?
    server_pid=""
    if [[ $status -ne 0 ]]; then
        echo "conformance: the server ended with status $status" >&2
        return 1
    fi
}

# Makes a certificate authority and a server certificate for the loopback address in $1.
make_certificates() {
    (
        cd "$1"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -subj "/CN=conformance test CA" -keyout ca.key -out ca.crt \
            -addext basicConstraints=critical,CA:TRUE \
            -addext keyUsage=critical,keyCertSign,cRLSign
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
            -keyout server.key -out server.csr
        printf '%s\n' "subjectAltName=DNS:localhost,IP:127.0.0.1" extendedKeyUsage=serverAuth \
            >server.ext
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
            -out server.crt -extfile server.ext
        mkdir no-other-roots
    ) >"$1/openssl.log" 2>&1 ||
        fail "openssl cannot make certificates: $(tail -n 3 "$1/openssl.log")"
}

# Runs the program for run $1; the further arguments are its OCI_* settings for the connection.
# Every switch is named here, so that a change of the program's defaults cannot turn one off.
run_program() {
    local name=$1 status=0 switch settings=()
    shift
    for switch in API_{PING,PULL,PUSH,REFERRER} \
        API_BLOBS_{ATOMIC,DELETE,DIGEST_HEADER,MOUNT_ANONYMOUS,UPLOAD_CANCEL} \
        API_MANIFESTS_{ATOMIC,DELETE,DIGEST_HEADER,TAG_PARAM} API_TAGS_{ATOMIC,DELETE,LIST} \
        DATA_{IMAGE,INDEX,INDEX_LIST,SPARSE,ARTIFACT,SUBJECT,SUBJECT_MISSING,ARTIFACT_LIST} \
        DATA_{SUBJECT_LIST,DATA_FIELD,NONDISTRIBUTABLE,CUSTOM_FIELDS,NO_LAYERS} \
        DATA_{EMPTY_BLOB,SHA512}; do
        settings+=("OCI_$switch=true")
    done
    (cd "$work/$name" && env "${settings[@]}" OCI_VERSION=dev OCI_REGISTRY="$address" \
        OCI_RESULTS_DIR="$reports/$name" OCI_FILTER_TEST="$only" "$@" \
        timeout --foreground --kill-after=10 "$kRunSeconds" "$reports/program" \
        >"$reports/$name/report.txt" 2>"$reports/$name/program.log" </dev/null) || status=$?
    # 1 says that a test failed, which the summary tells better.
    if [[ $status -gt 1 ]]; then
        echo "conformance: $name: the program ended with status $status" >&2
    fi
}

run_http() {
    start_server http --anonymous write
    run_program http OCI_TLS=disabled
}

run_tls() {
    make_certificates "$work/tls"
    start_server tls --tls-cert "$work/tls/server.crt" --tls-key "$work/tls/server.key" \
        --log-level debug
    local password
    password=$(<"$work/tls/data/admin-password")
    run_program tls OCI_TLS=enabled OCI_USERNAME=admin OCI_PASSWORD="$password" \
        SSL_CERT_FILE="$work/tls/ca.crt" SSL_CERT_DIR="$work/tls/no-other-roots"
    check_http2 tls
}

# Every connection of run $1 that spoke at all spoke HTTP/2.
check_http2() {
    local spoken others
    spoken=$(grep -c ' tls_connection .*protocol=h2$' "$reports/$1/server.log" || true)
    others=$(grep ' tls_connection ' "$reports/$1/server.log" |
        grep -vc 'protocol=h2$' || true)
    echo "conformance: $1: $spoken connections over HTTP/2, $others over HTTP/1.1"
    if [[ $spoken -eq 0 || $others -ne 0 ]]; then
        echo "conformance: $1: that should have been HTTP/2 alone" >&2
        unclean+=(--unclean "$1")
    fi
}

only=""
runs=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --only)
            only=${2:?--only needs the beginning of a test name}
            shift
            ;;
        http | tls) runs+=("$1") ;;
        *) fail "unknown argument $1; usage: run.sh [--only PREFIX] [http] [tls]" ;;
    esac
    shift
done
if [[ ${#runs[@]} -eq 0 ]]; then
    runs=(http tls)
fi
[[ -x $binary ]] || fail "no program at $binary; run ./dev build"
binary=$(realpath "$binary")

# Settings of the caller's environment must not change what is tested.
unset "${!BERTH_@}" "${!OCI_@}"
mkdir -p "$reports"
work=$(mktemp -d "${TMPDIR:-/tmp}/berth-conformance.XXXXXX")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_program
unclean=()
for run in "${runs[@]}"; do
    rm -rf "${reports:?}/$run"
    mkdir -p "$reports/$run" "$work/$run"
    "run_$run"
    stop_server || unclean+=(--unclean "$run")
done
expected=$kTestsExpected
if [[ -n $only ]]; then
    expected=1
fi
python3 "$here/summary.py" --expect "$expected" "${unclean[@]}" "$reports" "${runs[@]}"
