#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# skopeo: copy in every direction, inspect, list-tags, sync, conversions, delete, login.
# umoci makes and unpacks one of the images. Its manifests carry no mediaType field.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(command skopeo --version | cut -d ' ' -f 3)
start_servers

skopeo() {
    command skopeo --insecure-policy "$@"
}
push=(copy -q --dest-tls-verify=false)
pull=(copy -q --src-tls-verify=false)
move=(copy -q --src-tls-verify=false --dest-tls-verify=false)
app=docker://$PLAIN/team/app
multi=docker://$PLAIN/team/multi

tags() {
    skopeo list-tags --tls-verify=false "docker://$PLAIN/$1" | jq -r '.Tags | sort | join(" ")'
}

# Copy, both ways.
check "push an image" skopeo "${push[@]}" "oci:$APP:v1" "$app:v1"
check "the server holds the pushed bytes" serves_layout "$APP" "$PLAIN" team/app v1
check "pull it by tag" skopeo "${pull[@]}" "$app:v1" "oci:by-tag:v1"
check "the pulled image is the pushed one" same_layout "$APP" by-tag
check "pull it by digest" skopeo "${pull[@]}" "$app@$(layout_digest "$APP")" "oci:by-digest:v1"
check "that image is the pushed one" same_layout "$APP" by-digest
check "pull it into a directory" skopeo "${pull[@]}" "$app:v1" dir:directory
check "the directory has the manifest" cmp directory/manifest.json "$(layout_manifest "$APP")"
check "push an image again" skopeo "${push[@]}" "oci:$APP:v1" "$app:v1"
check_refused "a tag that is not there" 'manifest unknown|not found' \
    skopeo "${pull[@]}" "$app:nothing" oci:nothing:v1
check_refused "a repository that is not there" 'name unknown|not found|manifest unknown' \
    skopeo "${pull[@]}" "docker://$PLAIN/no/such:v1" oci:nothing:v1

# The comparisons can fail: one changed byte in the middle of a layer is noticed.
change_a_byte() {
    local layer
    cp -r "$APP" changed
    layer=changed/blobs/sha256/$(jq -r '.layers[1].digest' "$(layout_manifest "$APP")" | cut -c 8-)
    printf X | dd of="$layer" bs=1 seek=1500000 conv=notrunc status=none
}
check "change a byte of the image" change_a_byte
check_refused "a changed file is noticed" 'differ' same_layout changed by-tag
check_refused "a changed file is noticed on the server" 'differ' \
    serves_layout changed "$PLAIN" team/app v1

# Inspect and list.
check_equal "inspect gives the digest" "$(layout_digest "$APP")" \
    "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "$app:v1")"
skopeo inspect --raw --tls-verify=false "$app:v1" >raw
check "inspect --raw gives the manifest's bytes" cmp raw "$(layout_manifest "$APP")"
skopeo inspect --config --raw --tls-verify=false "$app:v1" >config
check_equal "inspect --config gives the config's bytes" "$(layout_config "$APP")" \
    "$(digest_of config)"
check "a second tag" skopeo "${move[@]}" "$app:v1" "$app:v2"
check_equal "list-tags" "v1 v2" "$(tags team/app)"
check "copy to another repository" skopeo "${move[@]}" "$app:v1" "docker://$PLAIN/other/app:v1"
check "the copy has the same bytes" serves_layout "$APP" "$PLAIN" other/app v1

# Images for several platforms.
check "push an index with all its images" skopeo "${push[@]}" -a "oci:$MULTI:v1" "$multi:v1"
check "the server holds the pushed index" serves_layout "$MULTI" "$PLAIN" team/multi v1
check "pull the index" skopeo "${pull[@]}" -a "$multi:v1" "oci:multi-back:v1"
check "the pulled index is the pushed one" same_layout "$MULTI" multi-back
check_equal "inspect picks a platform" arm64 \
    "$(skopeo --override-arch arm64 inspect --tls-verify=false --format '{{.Architecture}}' \
        "$multi:v1")"

# Conversions between the manifest formats, and recompression.
docker_type=application/vnd.docker.distribution.manifest
check "push converted to docker v2s2" skopeo "${push[@]}" -f v2s2 "oci:$APP:v1" "$app:docker"
check_equal "it is stored as v2s2" $docker_type.v2+json "$(served_media_type team/app docker)"
check "convert it back to OCI" skopeo "${pull[@]}" -f oci "$app:docker" oci:back:v1
check_equal "the layers survive both conversions" \
    "$(jq -c '[.layers[].digest]' "$(layout_manifest "$APP")")" \
    "$(jq -c '[.layers[].digest]' "$(layout_manifest back)")"
check "push an index as manifest list" \
    skopeo "${push[@]}" -a -f v2s2 "oci:$MULTI:v1" "$multi:docker"
check_equal "it is stored as manifest list" $docker_type.list.v2+json \
    "$(served_media_type team/multi docker)"
check "pull the manifest list" skopeo "${pull[@]}" -a "$multi:docker" dir:list
check_equal "the manifest list is the pushed one" \
    "$(served_digest "$PLAIN" team/multi docker)" "$(digest_of list/manifest.json)"
# It would not recompress a layer that it remembers or that the repository has already.
forget_known_blobs
zstd=docker://$PLAIN/team/zstd:v1
check "push with zstd compression" skopeo "${push[@]}" --dest-compress-format zstd \
    "oci:$APP:v1" "$zstd"
check "the zstd layers hold the same files" zstd_layers_match_config team/zstd v1
check "pull the zstd image" skopeo "${pull[@]}" "$zstd" dir:zstd
check_equal "the zstd image is the pushed one" "$(served_digest "$PLAIN" team/zstd v1)" \
    "$(digest_of zstd/manifest.json)"

# An image made by umoci.
mkdir tree && cp "$APP/index.json" tree/ && head -c 200000 /usr/bin/skopeo >tree/noise
umoci_image() {
    umoci init --layout umoci && umoci new --image umoci:v1 &&
        umoci insert --image umoci:v1 tree /data &&
        umoci config --image umoci:v1 --config.label a=b --architecture amd64
}
check "umoci makes an image" umoci_image
check "push it" skopeo "${push[@]}" oci:umoci:v1 "docker://$PLAIN/team/umoci:v1"
check "pull it" skopeo "${pull[@]}" "docker://$PLAIN/team/umoci:v1" oci:umoci-back:v1
check "umoci unpacks it" umoci unpack --image umoci-back:v1 bundle
check "the files are the packed ones" diff -r tree bundle/rootfs/data

# Sync.
check "sync a repository to another" skopeo sync -a --src docker --dest docker \
    --src-tls-verify=false --dest-tls-verify=false "$PLAIN/team/multi" "$PLAIN/mirror"
check "the mirror has the same bytes" serves_layout "$MULTI" "$PLAIN" mirror/multi v1
check_equal "the mirror has every tag" "docker v1" "$(tags mirror/multi)"
check "sync a repository to a directory" skopeo sync --src docker --dest dir \
    --src-tls-verify=false "$PLAIN/other/app" synced
check "the directory has the image" cmp synced/app:v1/manifest.json "$(layout_manifest "$APP")"

# Delete is by digest: both tags of the image go.
check "delete an image" skopeo delete --tls-verify=false "$app:v1"
check_equal "its tags are gone" "docker" "$(tags team/app)"
check_refused "it cannot be pulled any more" 'manifest unknown|not found' \
    skopeo "${pull[@]}" "$app:v2" oci:nothing:v1
check "the copy in the other repository stays" serves_layout "$APP" "$PLAIN" other/app v1

# With a password over TLS.
app=docker://$SECURE/team/app
certs=(--cert-dir certs)
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    skopeo inspect "$app:v1"
check_refused "push without a password" 'unauthorized|authentication required' \
    skopeo copy -q --dest-cert-dir certs "oci:$APP:v1" "$app:v1"
check_refused "login with a wrong password" 'invalid username/password|unauthorized' \
    skopeo login "${certs[@]}" -u "$USER_NAME" -p wrong "$SECURE"
check "login" skopeo login "${certs[@]}" -u "$USER_NAME" -p "$PASSWORD" "$SECURE"
check "push with the password" skopeo copy -q --dest-cert-dir certs "oci:$APP:v1" "$app:v1"
check "the server holds the pushed bytes (TLS)" serves_layout "$APP" "$SECURE" team/app v1
check "pull with the password" skopeo copy -q --src-cert-dir certs "$app:v1" oci:secure:v1
check "the pulled image is the pushed one (TLS)" same_layout "$APP" secure
check "delete with the password" skopeo delete "${certs[@]}" "$app:v1"
check "logout" skopeo logout "$SECURE"
check_refused "pull after logout" 'unauthorized|authentication required' \
    skopeo copy -q --src-cert-dir certs "$app:v1" oci:nothing:v1

# Where anybody may read: pull without a password, push with one.
start_server public --anonymous read
public=docker://$address/team/app:v1
password=$(cat "$SERVERS/public/admin-password")
check_refused "anonymous read: push without a password" 'unauthorized|authentication required' \
    skopeo "${push[@]}" "oci:$APP:v1" "$public"
check "anonymous read: push with one" skopeo "${push[@]}" --dest-creds "$USER_NAME:$password" \
    "oci:$APP:v1" "$public"
check "anonymous read: pull without one" skopeo "${pull[@]}" "$public" oci:public:v1
check "anonymous read: the pulled image is the pushed one" same_layout "$APP" public
check_refused "anonymous read: delete without one" 'unauthorized|authentication required' \
    skopeo delete --tls-verify=false "$public"
check "anonymous read: login" \
    skopeo login --tls-verify=false -u "$USER_NAME" -p "$password" "$address"
check "anonymous read: delete after login" skopeo delete --tls-verify=false "$public"

finish
