#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# containerd by its client ctr: pull, push and run with a daemon of our own, all platforms of an
# index, https with a user. ctr asks for nothing before the first manifest (no GET /v2/), and
# its `*/*` comes last in one Accept header.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(containerd --version | cut -d ' ' -f 3 | cut -d '~' -f 1)
start_servers

cat >config.toml <<END
version = 2
root = "$T/root"
state = "$T/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
oom_score = 0
[grpc]
  address = "$T/c.sock"
[ttrpc]
  address = "$T/c.sock.ttrpc"
END
containerd --config config.toml >containerd.log 2>&1 &
daemon=$!

ctr() {
    command ctr --address "$T/c.sock" "$@"
}

daemon_answers() {
    for _ in {1..200}; do
        ctr version && return
        sleep 0.1
    done
    cat containerd.log
    return 1
}

# holds_layout LAYOUT: every blob is in containerd's content store, byte for byte.
holds_layout() {
    local file
    for file in "$1"/blobs/sha256/*; do
        ctr content get "sha256:${file##*/}" | cmp - "$file" || return
    done
}

digest_in_ctr() {
    ctr images ls "name==$1" | awk 'NR > 1 { print $3 }'
}

# Forgets images and their content, so that the next pull has to fetch everything.
forget_images() {
    local names
    mapfile -t names < <(ctr images ls -q)
    ctr images rm --sync "${names[@]}" && [ -z "$(ctr content ls -q)" ]
}

plain=(--plain-http)
native=(--snapshotter native)

check "containerd starts" daemon_answers

# Pull and run what another client pushed.
check "put an image on the server" seed "$APP" team/app:v1
check "pull it" ctr images pull "${plain[@]}" "${native[@]}" "$PLAIN/team/app:v1"
check_equal "its digest is the pushed one" "$(layout_digest "$APP")" \
    "$(digest_in_ctr "$PLAIN/team/app:v1")"
check "the pulled bytes are the pushed ones" holds_layout "$APP"
check_equal "run it" "hello from the registry" \
    "$(ctr run --rm "${native[@]}" "$PLAIN/team/app:v1" first)"
check_refused "pull a tag that is not there" 'not found' \
    ctr images pull "${plain[@]}" "${native[@]}" "$PLAIN/team/app:nothing"

# Push it under another name, forget it, pull it back.
check "tag it" ctr images tag "$PLAIN/team/app:v1" "$PLAIN/mine/app:v2"
check "push it" ctr images push "${plain[@]}" "$PLAIN/mine/app:v2"
check "the server holds the pushed bytes" serves_layout "$APP" "$PLAIN" mine/app v2
check "push it again" ctr images push "${plain[@]}" "$PLAIN/mine/app:v2"
check "forget it" forget_images
check "pull it back by digest" ctr images pull "${plain[@]}" "${native[@]}" \
    "$PLAIN/mine/app@$(layout_digest "$APP")"
check "the bytes are the same again" holds_layout "$APP"
check_equal "it still runs" "$(sha256sum </bin/busybox)" \
    "$(ctr run --rm "${native[@]}" "$PLAIN/mine/app@$(layout_digest "$APP")" second \
        sh -c 'sha256sum </bin/busybox')"

# All platforms of an index.
check "put an index on the server" seed "$MULTI" team/multi:v1
check "pull it with all platforms" ctr images pull "${plain[@]}" "${native[@]}" \
    --all-platforms "$PLAIN/team/multi:v1"
check "the pulled index is the pushed one" holds_layout "$MULTI"
check "name it" ctr images tag "$PLAIN/team/multi:v1" "$PLAIN/mine/multi:v1"
check "push the index with its images" ctr images push "${plain[@]}" "$PLAIN/mine/multi:v1"
check "the server holds the pushed index" serves_layout "$MULTI" "$PLAIN" mine/multi v1

# Over TLS with a password. ctr speaks http to `localhost` unless a hosts file says otherwise.
hosts_file() { # DIRECTORY [LINE]
    mkdir -p "$1/$SECURE"
    printf 'server = "https://%s"\n[host."https://%s"]\n%s\n' "$SECURE" "$SECURE" "${2:-}" \
        >"$1/$SECURE/hosts.toml"
}
hosts_file hosts "ca = \"$CA\""
hosts_file strangers
secure=$SECURE/team/app:v1
user=(--user "$USER_NAME:$PASSWORD")
check "name the image for the other server" \
    ctr images tag "$PLAIN/mine/app@$(layout_digest "$APP")" "$secure"
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    ctr images push --hosts-dir strangers "${user[@]}" "$secure"
check_refused "push without a password" 'unauthorized|authorization failed|no basic auth|401' \
    ctr images push --hosts-dir hosts "$secure"
check_refused "push with a wrong password" 'unauthorized|authorization failed|401' \
    ctr images push --hosts-dir hosts --user "$USER_NAME:wrong" "$secure"
check "push with the password" ctr images push --hosts-dir hosts "${user[@]}" "$secure"
check "the server holds the pushed bytes (TLS)" serves_layout "$APP" "$SECURE" team/app v1
check "forget it again" forget_images
check "pull with the password" ctr images pull --hosts-dir hosts "${user[@]}" "${native[@]}" \
    "$secure"
check "the pulled bytes are the pushed ones (TLS)" holds_layout "$APP"

stop_daemon() {
    kill -TERM "$daemon" && wait "$daemon"
}
check "containerd stops" stop_daemon
finish
