#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# podman: pull, run, push, an index for each platform, search, login. Images are compared by id,
# which is the digest of their config.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(command podman --version | cut -d ' ' -f 3)
start_servers

podman() {
    command podman --root "$T/root" --runroot "$T/run" --tmpdir "$T/tmp" --storage-driver vfs \
        --cgroup-manager cgroupfs --runtime runc --events-backend none "$@"
}
insecure=(--tls-verify=false)

image_id() {
    echo "sha256:$(podman image inspect --format '{{.Id}}' "$1")"
}

# Limits are named because a container may not have the right to set podman's default ones.
run() {
    podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
}

# Pull and run what another client pushed.
check "put an image on the server" seed "$APP" team/app:v1
check "pull it" podman pull "${insecure[@]}" "$PLAIN/team/app:v1"
check_equal "its id is the digest of the pushed config" "$(layout_config "$APP")" \
    "$(image_id "$PLAIN/team/app:v1")"
check_equal "run it" "hello from the registry" "$(run "$PLAIN/team/app:v1")"
check_refused "pull a tag that is not there" 'manifest unknown|not found' \
    podman pull -q "${insecure[@]}" "$PLAIN/team/app:nothing"

# Push it under another name, pull it back.
check "tag it" podman tag "$PLAIN/team/app:v1" "$PLAIN/mine/app:v2"
check "push it" podman push "${insecure[@]}" --digestfile digest "$PLAIN/mine/app:v2"
check_equal "the pushed digest is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" mine/app v2)"
check "remove both images" podman rmi "$PLAIN/team/app:v1" "$PLAIN/mine/app:v2"
check "pull it back by digest" podman pull "${insecure[@]}" "$PLAIN/mine/app@$(cat digest)"
check_equal "it has the same id" "$(layout_config "$APP")" \
    "$(image_id "$PLAIN/mine/app@$(cat digest)")"
check_equal "it still runs" "$(sha256sum </bin/busybox)" \
    "$(run "$PLAIN/mine/app@$(cat digest)" sh -c 'sha256sum </bin/busybox')"

# Build, commit in the docker format, push, pull.
mkdir context && printf 'FROM %s/mine/app:v2\nRUN echo built here >/built\n' "$PLAIN" \
    >context/Dockerfile
check "build on an image of the registry" podman build "${insecure[@]}" --isolation chroot \
    --format docker -t "$PLAIN/mine/built:1" context
check "push the docker image" podman push "${insecure[@]}" --digestfile digest \
    "$PLAIN/mine/built:1"
check_equal "the docker image is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" mine/built 1)"
check_equal "it is stored as v2s2" application/vnd.docker.distribution.manifest.v2+json \
    "$(served_media_type mine/built 1)"
built=$(image_id "$PLAIN/mine/built:1")
check "remove it" podman rmi -f "$PLAIN/mine/built:1"
check "pull it again" podman pull "${insecure[@]}" "$PLAIN/mine/built:1"
check_equal "the docker image has the same id" "$built" "$(image_id "$PLAIN/mine/built:1")"
check_equal "run the docker image" "built here" "$(run "$PLAIN/mine/built:1" cat /built)"

# An index.
check "put an index on the server" seed "$MULTI" team/multi:v1
for number in 0 1; do
    architecture=$(jq -r ".manifests[$number].platform.architecture" "$(layout_manifest "$MULTI")")
    child=$(jq -r ".manifests[$number].digest" "$(layout_manifest "$MULTI")")
    check "pull the image for $architecture" podman pull "${insecure[@]}" \
        --arch "$architecture" "$PLAIN/team/multi:v1"
    check_equal "its id is the one for $architecture" \
        "$(jq -r .config.digest "$MULTI/blobs/sha256/${child#sha256:}")" \
        "$(image_id "$PLAIN/team/multi:v1")"
done
make_index() {
    podman manifest create localhost/index &&
        podman manifest add "${insecure[@]}" --all localhost/index "docker://$PLAIN/team/multi:v1"
}
check "make an index from images of the registry" make_index
check "push the index with its images" podman manifest push --all "${insecure[@]}" \
    --digestfile digest localhost/index "docker://$PLAIN/mine/index:1"
check_equal "the index is the served one" "$(cat digest)" "$(served_digest "$PLAIN" mine/index 1)"
check_equal "the index names the same images" \
    "$(jq -c '[.manifests[].digest] | sort' "$(layout_manifest "$MULTI")")" \
    "$(served "$PLAIN" mine/index/manifests/1 | jq -c '[.manifests[].digest] | sort')"

# Search uses the catalogue and the tag list.
check_equal "search finds the repositories" "mine/app mine/built mine/index team/app team/multi" \
    "$(podman search "${insecure[@]}" --format '{{.Name}}' "$PLAIN/" | sed "s,^$PLAIN/,," |
        sort | xargs)"
check_equal "search lists the tags" v1 \
    "$(podman search "${insecure[@]}" --list-tags "$PLAIN/team/app" | awk 'NR > 1 { print $2 }')"

# With a password over TLS.
certs=(--cert-dir certs)
secure=$SECURE/team/app:v1
check "name the image for the other server" podman tag "$PLAIN/mine/built:1" "$secure"
check_refused "TLS with an unknown CA" 'unknown authority|certificate' podman push "$secure"
check_refused "push without a password" 'unauthorized|authentication required' \
    podman push "${certs[@]}" "$secure"
check_refused "login with a wrong password" 'invalid username/password|unauthorized' \
    podman login "${certs[@]}" -u "$USER_NAME" -p wrong "$SECURE"
check "login" podman login "${certs[@]}" -u "$USER_NAME" -p "$PASSWORD" "$SECURE"
check "push after login" podman push "${certs[@]}" --digestfile digest "$secure"
check_equal "the pushed digest is the served one (TLS)" "$(cat digest)" \
    "$(served_digest "$SECURE" team/app v1)"
check "remove the image" podman rmi "$secure"
check "pull after login" podman pull "${certs[@]}" "$secure"
check_equal "the pulled image is the pushed one (TLS)" "$built" "$(image_id "$secure")"
check "logout" podman logout "$SECURE"
check_refused "pull after logout" 'unauthorized|authentication required' \
    podman pull "${certs[@]}" "$secure"

finish
