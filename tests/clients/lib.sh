# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154  # set here for the client, or by it (client_version)
#
# What every client file starts with: private directories, the servers, the checks, the counts.
# run.sh calls the file in fresh mount and PID namespaces with WORK, CLIENT and BERTH_BINARY set.
#
#   $PLAIN    host:port of a server that speaks http and lets anyone do everything
#   $SECURE   host:port of one that speaks https and wants $USER_NAME and $PASSWORD
#   $T        the client's own directory
#   $APP, $MULTI, $CA    the image layouts of fixtures.py (tag v1) and the CA certificate
set -uo pipefail

T=$WORK/$CLIENT
SERVERS=$T/servers
APP=$WORK/app
MULTI=$WORK/multi
CA=$WORK/ca.crt
USER_NAME="admin"
passed=0
failed=0
declare -A operations=()
server_pids=()

mkdir -p "$T/home" "$T/certs" "$SERVERS"
cp "$CA" "$T/certs/ca.crt"
export HOME=$T/home TMPDIR=$T XDG_RUNTIME_DIR=$T/home
cd "$T" || exit 1

# Container tools keep run-time files and their cache of known blobs here; that cache makes them
# leave out uploads, so every run starts with an empty one.
mkdir -p /var/lib/containers
mount -t tmpfs tmpfs /var/lib/containers && mount -t tmpfs tmpfs /run || exit 1

forget_known_blobs() {
    rm -f /var/lib/containers/cache/blob-info-cache-v1.boltdb
}

# --- checks -----------------------------------------------------------------------------------

pass() {
    echo "ok   $CLIENT: $1"
    passed=$((passed + 1))
}

# fail NAME LINE...
fail() {
    echo "FAIL $CLIENT: $1"
    shift
    [ $# = 0 ] || printf '     %s\n' "$@"
    failed=$((failed + 1))
    stop_if_a_server_died
}

# fail_with_log NAME LINE...: shows what the command printed, too.
fail_with_log() {
    local lines
    mapfile -t lines < <(tail -n 15 "$T/log" | sed 's/^/| /')
    fail "$@" "${lines[@]}"
}

# A dead server makes every further check fail, so the first failure is the last.
stop_if_a_server_died() {
    local pid
    for pid in "${server_pids[@]}"; do
        kill -0 "$pid" 2>/dev/null && continue
        wait "$pid"
        echo "     | a server died with status $? (over 128: a signal); its last words:"
        tail -n 15 "$SERVERS"/*.err | sed 's/^/     | /'
        server_pids=()
        finish
    done
}

# check NAME COMMAND...: the command succeeds.
check() {
    local name=$1 status
    shift
    echo "$name" >"$T/step"
    "$@" >"$T/log" 2>&1
    status=$?
    if [ $status = 0 ]; then
        pass "$name"
    else
        fail_with_log "$name" "status $status of: $*"
    fi
}

# check_refused NAME REGEX COMMAND...: the command fails, and says why.
check_refused() {
    local name=$1 reason=$2
    shift 2
    echo "$name" >"$T/step"
    if "$@" >"$T/log" 2>&1; then
        fail "$name" "succeeded: $*"
    elif grep -qiE -e "$reason" "$T/log"; then
        pass "$name"
    else
        fail_with_log "$name" "failed, but not for '$reason': $*"
    fi
}

# check_equal NAME WANTED GOT: nothing equals nothing is a failure too.
check_equal() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "wanted: $2" "got:    $3"
    fi
}

# run_checks WHERE COMMAND...: a test program that checks by itself. It prints a line
# "ok OPERATION: TEXT", "FAIL OPERATION: TEXT" or "skip OPERATION: TEXT" each, behind a failure what
# is known about it on lines that begin with a blank, and at last "end".
run_checks() {
    local where=$1 line last='' title operation
    shift
    echo "$where" >"$T/step"
    while IFS= read -r line; do
        last=$line
        title="${line#* } ($where)"
        operation=${title%%[: ]*}
        case $line in
            "ok "*)
                pass "$title"
                [ "${operations[$operation]:-}" = failed ] || operations[$operation]=passed
                ;;
            "FAIL "*)
                fail "$title"
                operations[$operation]=failed
                ;;
            "skip "*) echo "skip $CLIENT: $title" ;;
            end) ;;
            *) echo "     |$line" ;;
        esac
    done < <("$@" 2>&1)
    [ "$last" = end ] || fail "$where: the program ends early" "last line: $last"
}

# did WORD...: notes a command of the client as an operation: its words up to the first option.
did() {
    local words=()
    while [ $# != 0 ] && [[ $1 != -* ]]; do
        words+=("$1")
        shift
    done
    operations[${words[*]}]=passed
}

# All that passed, as "a, b, c".
passed_operations() {
    local operation
    for operation in "${!operations[@]}"; do
        [ "${operations[$operation]}" != passed ] || echo "$operation"
    done | sort | paste -sd , | sed 's/,/, /g'
}

no_server_errors() {
    ! grep -hE '"?status"?[=:]5[0-9][0-9]' "$SERVERS"/*.err
}

# The passwords of all servers, and whatever looks like a token, a key or credentials.
no_secret_in_logs() {
    local files=("$SERVERS"/*.err) search
    search=$(cd "$(dirname "${BASH_SOURCE[0]}")/../support" && pwd)/secret_search.py
    mapfile -t -O "${#files[@]}" files < <(find "$SERVERS" -name 'audit.log*')
    cat "$SERVERS"/*/admin-password |
        "$search" --user "$USER_NAME" "${files[@]}"
}

finish() {
    local pid
    for pid in "${server_pids[@]}"; do
        server_pids=("${server_pids[@]:1}")
        check "the server stops cleanly" stop_server "$pid"
    done
    check "the server gave no 5xx" no_server_errors
    check "the server's logs hold no secret" no_secret_in_logs
    echo "$passed $failed" >"$T/counts"
    local failures=
    [ $failed = 0 ] || failures=", $failed failed"
    if [ ${#operations[@]} != 0 ]; then
        echo "$CLIENT $client_version: operations passed: $(passed_operations)"
    fi
    echo "$CLIENT $client_version: $passed checks passed$failures"
    [ $failed = 0 ]
    exit
}

# --- servers ----------------------------------------------------------------------------------

# start_server NAME OPTION...: sets `address` to host:port; data and logs are in $SERVERS/NAME*.
start_server() {
    local name=$1 output=$SERVERS/$1.out pid tries=200
    shift
    : >"$output"
    "$BERTH_BINARY" serve --data "$SERVERS/$name" --listen 127.0.0.1:0 "$@" \
        >>"$output" 2>"$SERVERS/$name.err" &
    pid=$!
    server_pids+=("$pid")
    until address=$(grep -oE -m1 'listening[[:space:]]+https?://[^ ]+' "$output"); do
        tries=$((tries - 1))
        if [ $tries = 0 ] || ! kill -0 $pid 2>/dev/null; then
            server_pids=()
            fail "the server starts ($name)" "$(tail -n 15 "$output" "$SERVERS/$name.err")"
            finish
        fi
        sleep 0.05
    done
    address=${address##*://}
    address=${address%/}
}

start_servers() {
    start_server plain --anonymous write
    PLAIN=$address
    start_server secure --tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key"
    SECURE=localhost:${address##*:}
    PASSWORD=$(cat "$SERVERS/secure/admin-password")
}

# start_azure_servers: the SDKs insist on https. $OPEN lets anyone do everything, $CLOSED wants
# $USER_NAME and $PASSWORD, $PUBLIC lets anyone read and $PUBLIC_PASSWORD do the rest; all are URLs.
# start_token_server: one more that wants $TOKENS_PASSWORD, $TOKENS.
start_azure_servers() {
    local tls=(--tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key")
    start_server open --anonymous write "${tls[@]}"
    OPEN=https://localhost:${address##*:}
    start_server closed "${tls[@]}"
    CLOSED=https://localhost:${address##*:}
    PASSWORD=$(cat "$SERVERS/closed/admin-password")
    start_server public --anonymous read "${tls[@]}"
    PUBLIC=https://localhost:${address##*:}
    PUBLIC_PASSWORD=$(cat "$SERVERS/public/admin-password")
}

start_token_server() {
    start_server tokens --tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key"
    TOKENS=https://localhost:${address##*:}
    TOKENS_PASSWORD=$(cat "$SERVERS/tokens/admin-password")
}

# start_exchange_server: wants a token of an issuer of our own, or what it is exchanged for; the
# issuer's client `sdk` may do everything. $FOREIGN_TOKEN is a token of it, $EXCHANGE the URL.
start_exchange_server() {
    local program issuer form
    program=$(cd "$(dirname "${BASH_SOURCE[0]}")/../access/issuer" && pwd)
    mkdir issuer && cp "$program"/*.mjs issuer/
    ln -s "$program/../../../build/tools/access-issuer/node_modules" issuer/node_modules
    jq -n --arg work "$WORK" --arg keys "$T/issuer/keys.json" '{host: "localhost", path: "",
        address: "127.0.0.1", port: 0, cert: "\($work)/server.crt", key: "\($work)/server.key",
        keys: $keys, clients: {sdk: {secret: "s"}}}' >issuer/config.json
    node issuer/issuer.mjs issuer/config.json >issuer/out 2>issuer/err &
    for _ in {1..200}; do
        issuer=$(sed -n 's/^issuer //p' issuer/out)
        [ -z "$issuer" ] || break
        sleep 0.05
    done
    start_server exchange --tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key"
    EXCHANGE=https://localhost:${address##*:}
    check "trust an issuer" berth_on exchange issuer add test --preset oidc --issuer "$issuer" \
        --audience https://containerregistry.azure.net --ca-file "$CA" --allow-private
    check "what its client may do" berth_on exchange issuer rule add test sdk \
        --claim client_id=sdk --scope-map _repositories_admin
    form="grant_type=client_credentials&client_id=sdk&client_secret=s"
    FOREIGN_TOKEN=$(curl -sSf --cacert "$CA" "$issuer/token" -d "$form" \
        -d resource=https://containerregistry.azure.net | jq -r .access_token)
}

# berth_on NAME WORD...: a management command on the data of the server NAME.
berth_on() {
    "$BERTH_BINARY" "${@:2}" --data "$SERVERS/$1"
}

stop_server() {
    kill -TERM "$1" && wait "$1"
}

# --- what the server really holds, asked without the client -------------------------------------

accept_all='Accept: application/vnd.oci.image.manifest.v1+json'
accept_all+=', application/vnd.oci.image.index.v1+json'
accept_all+=', application/vnd.docker.distribution.manifest.v2+json'
accept_all+=', application/vnd.docker.distribution.manifest.list.v2+json, */*'

# served REGISTRY PATH: the body of GET /v2/PATH.
served() {
    if [ "$1" = "$SECURE" ]; then
        curl -sSfL --cacert "$CA" -u "$USER_NAME:$PASSWORD" -H "$accept_all" "https://$1/v2/$2"
    else
        curl -sSfL -H "$accept_all" "http://$1/v2/$2"
    fi
}

# served_digest REGISTRY REPOSITORY REFERENCE: computed from the manifest's bytes.
served_digest() {
    served "$1" "$2/manifests/$3" >"$T/served" && digest_of "$T/served"
}

# served_media_type REPOSITORY REFERENCE: as the plain server labels the manifest.
served_media_type() {
    curl -sSf -o /dev/null -w '%{content_type}' -H "$accept_all" \
        "http://$PLAIN/v2/$1/manifests/$2"
}

# serves_layout LAYOUT REGISTRY REPOSITORY TAG: the tag means the layout's image, and each of
# its manifests and blobs comes back byte for byte.
serves_layout() {
    local layout=$1 file digest kind
    [ "$(served_digest "$2" "$3" "$4")" = "$(layout_digest "$layout")" ] || {
        echo "$3:$4 is not $(layout_digest "$layout")"
        return 1
    }
    for file in "$layout"/blobs/sha256/*; do
        digest=sha256:${file##*/}
        kind=blobs
        is_manifest "$file" && kind=manifests
        served "$2" "$3/$kind/$digest" | cmp - "$file" || return
    done
}

# zstd_layers_match_config REPOSITORY TAG: all layers are zstd and hold what the config promises.
zstd_layers_match_config() {
    local config layer number=0 expanded zstd='select(.mediaType | endswith("+zstd"))'
    served "$PLAIN" "$1/manifests/$2" >"$T/manifest" || return
    config=$(jq -r .config.digest "$T/manifest")
    served "$PLAIN" "$1/blobs/$config" >"$T/config" || return
    for layer in $(jq -r ".layers[] | $zstd | .digest" "$T/manifest"); do
        served "$PLAIN" "$1/blobs/$layer" | zstd -dc >"$T/expanded" || return
        expanded=$(digest_of "$T/expanded")
        [ "$expanded" = "$(jq -r ".rootfs.diff_ids[$number]" "$T/config")" ] || return
        number=$((number + 1))
    done
    [ $number -gt 0 ] && [ $number = "$(jq '.rootfs.diff_ids | length' "$T/config")" ]
}

# --- files --------------------------------------------------------------------------------------

digest_of() {
    echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"
}

layout_digest() {
    jq -r '.manifests[0].digest' "$1/index.json"
}

layout_manifest() {
    echo "$1/blobs/sha256/$(layout_digest "$1" | cut -d : -f 2)"
}

# layout_config LAYOUT: the digest that tools call the image id.
layout_config() {
    jq -r .config.digest "$(layout_manifest "$1")"
}

is_manifest() {
    [ "$(stat -c %s "$1")" -lt 65536 ] && jq -e 'has("layers") or has("manifests")' "$1" \
        >/dev/null 2>&1
}

# same_layout A B: the same image and, file by file, the same bytes.
same_layout() {
    [ "$(layout_digest "$1")" = "$(layout_digest "$2")" ] && diff -r "$1/blobs" "$2/blobs"
}

# seed LAYOUT REPOSITORY:TAG: puts an image on the plain server for clients that only pull.
seed() {
    skopeo --insecure-policy copy -qa --dest-tls-verify=false "oci:$1:v1" "docker://$PLAIN/$2"
}
