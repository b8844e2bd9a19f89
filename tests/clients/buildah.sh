#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# buildah: build with RUN, push in the OCI and the docker format, a base image from the registry,
# indexes and manifest lists, zstd, credentials. Two stores: what one pushed, the other pulls.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(command buildah --version | cut -d ' ' -f 3)
start_servers

here=(--root "$T/here/root" --runroot "$T/here/run" --storage-driver vfs)
there=(--root "$T/there/root" --runroot "$T/there/run" --storage-driver vfs)
team=docker://$PLAIN/team

image_id() {
    buildah "${there[@]}" inspect --type image --format '{{.FromImageID}}' "$1"
}

# The image id is the digest of the config that the registry serves.
same_id_as_served() { # REPOSITORY TAG IMAGE
    [ "$(served "$PLAIN" "$1/manifests/$2" | jq -r .config.digest)" = "sha256:$(image_id "$3")" ]
}

# file_in IMAGE PATH [ARCHITECTURE]: what a pulled image has there.
file_in() {
    local container
    container=$(buildah "${there[@]}" from --pull-never --arch "${3:-amd64}" "$1") &&
        cat "$(buildah "${there[@]}" mount "$container")$2" &&
        buildah "${there[@]}" rm "$container" >/dev/null
}

# Build, push, pull.
mkdir context && cp /bin/busybox context/
cat >context/Dockerfile <<'END'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN echo built here >/built
CMD ["/bin/cat", "/built"]
END
check "build an image with RUN" \
    buildah "${here[@]}" bud --isolation chroot --layers -t localhost/built:1 context
check "push it" buildah "${here[@]}" push --tls-verify=false --digestfile digest \
    localhost/built:1 "$team/built:1"
check_equal "the pushed digest is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" team/built 1)"
check "pull it" buildah "${there[@]}" pull --tls-verify=false "$team/built:1"
check "the pulled image is the pushed one" same_id_as_served team/built 1 "$PLAIN/team/built:1"
check_equal "the pulled image has the built file" "built here" \
    "$(file_in "$PLAIN/team/built:1" /built)"
check "pull it by digest" \
    buildah "${there[@]}" pull --tls-verify=false "$team/built@$(cat digest)"

# A base image from the registry: its layers are there already when the result is pushed.
mkdir derived && printf 'FROM %s/team/built:1\nRUN echo more >/more\n' "$PLAIN" \
    >derived/Dockerfile
check "build on an image of the registry" buildah "${there[@]}" bud --tls-verify=false \
    --isolation chroot -t localhost/derived:1 derived
check "push the derived image to another repository" buildah "${there[@]}" push \
    --tls-verify=false --digestfile digest localhost/derived:1 "$team/derived:1"
check_equal "the derived image is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" team/derived 1)"

# The docker format.
check "push in the docker format" buildah "${here[@]}" push --tls-verify=false --format docker \
    --digestfile digest localhost/built:1 "$team/docker:1"
check_equal "the docker image is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" team/docker 1)"
check_equal "it is stored as v2s2" application/vnd.docker.distribution.manifest.v2+json \
    "$(served_media_type team/docker 1)"
check "pull the docker image" buildah "${there[@]}" pull --tls-verify=false "$team/docker:1"
check "the pulled docker image is the pushed one" \
    same_id_as_served team/docker 1 "$PLAIN/team/docker:1"

# An index, and the same images as a docker manifest list.
make_images() {
    local architecture container
    for architecture in amd64 arm64; do
        echo "$architecture" >architecture
        container=$(buildah "${here[@]}" from --arch "$architecture" scratch) &&
            buildah "${here[@]}" copy -q "$container" architecture /architecture &&
            buildah "${here[@]}" config --arch "$architecture" --os linux "$container" &&
            buildah "${here[@]}" commit -q "$container" "localhost/multi:$architecture" || return
    done
    buildah "${here[@]}" manifest create localhost/multi:all &&
        for architecture in amd64 arm64; do
            buildah "${here[@]}" manifest add localhost/multi:all \
                "containers-storage:localhost/multi:$architecture" || return
        done
}
push_list() { # TAG OPTION...
    local tag=$1
    shift
    buildah "${here[@]}" manifest push --all --tls-verify=false --digestfile digest "$@" \
        localhost/multi:all "$team/multi:$tag"
}
check "make an index of two images" make_images
check "push the index with its images" push_list oci
check_equal "the index is the served one" "$(cat digest)" "$(served_digest "$PLAIN" team/multi oci)"
check_equal "it is stored as index" application/vnd.oci.image.index.v1+json \
    "$(served_media_type team/multi oci)"
for architecture in amd64 arm64; do
    check "pull the image for $architecture" buildah "${there[@]}" pull --tls-verify=false \
        --arch $architecture "$team/multi:oci"
    check_equal "it is the one for $architecture" $architecture \
        "$(file_in "$PLAIN/team/multi:oci" /architecture $architecture)"
done
check "push it as docker manifest list" push_list docker -f v2s2
check_equal "the manifest list is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" team/multi docker)"
check_equal "it is stored as manifest list" \
    application/vnd.docker.distribution.manifest.list.v2+json \
    "$(served_media_type team/multi docker)"
check "pull from the manifest list" buildah "${there[@]}" pull --tls-verify=false \
    --arch arm64 "$team/multi:docker"

# zstd. Layers known to be on the registry as gzip would be left alone.
forget_known_blobs
check "push with zstd compression" buildah "${here[@]}" push --tls-verify=false \
    --compression-format zstd localhost/built:1 "$team/zstd:1"
check "the zstd layers hold the same files" zstd_layers_match_config team/zstd 1
check "pull the zstd image" buildah "${there[@]}" pull --tls-verify=false "$team/zstd:1"
check_equal "the zstd image has the built file" "built here" \
    "$(file_in "$PLAIN/team/zstd:1" /built)"

# With a password over TLS.
certs=(--cert-dir certs)
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    buildah "${here[@]}" push localhost/built:1 "docker://$SECURE/team/built:1"
check_refused "push without a password" 'unauthorized|authentication required' \
    buildah "${here[@]}" push "${certs[@]}" localhost/built:1 "docker://$SECURE/team/built:1"
check "push with credentials" buildah "${here[@]}" push "${certs[@]}" --digestfile digest \
    --creds "$USER_NAME:$PASSWORD" localhost/built:1 "docker://$SECURE/team/built:1"
check_equal "the pushed digest is the served one (TLS)" "$(cat digest)" \
    "$(served_digest "$SECURE" team/built 1)"
check "login" buildah login "${certs[@]}" -u "$USER_NAME" -p "$PASSWORD" "$SECURE"
check "pull after login" buildah "${there[@]}" pull "${certs[@]}" "docker://$SECURE/team/built:1"
check_equal "the pulled image is the pushed one (TLS)" "$(image_id "$PLAIN/team/built:1")" \
    "$(image_id "$SECURE/team/built:1")"
check "logout" buildah logout "$SECURE"
check_refused "pull after logout" 'unauthorized|authentication required' \
    buildah "${there[@]}" pull --policy always "${certs[@]}" "docker://$SECURE/team/built:1"

finish
