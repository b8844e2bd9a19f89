#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# crane: push, pull, digest, manifest, blob, validate, tag, ls, catalog, copy between
# repositories (layers are mounted) and servers, append, delete, login.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(command crane version)
start_servers

app=$PLAIN/team/app
multi=$PLAIN/team/multi

check "push an image" crane push "$APP" "$app:v1"
check "the server holds the pushed bytes" serves_layout "$APP" "$PLAIN" team/app v1
check_equal "digest" "$(layout_digest "$APP")" "$(crane digest "$app:v1")"
crane manifest "$app:v1" >manifest
check "manifest gives its bytes" cmp manifest "$(layout_manifest "$APP")"
crane config "$app:v1" >config
check_equal "config gives its bytes" "$(layout_config "$APP")" "$(digest_of config)"
layer=$(jq -r '.layers[1].digest' manifest)
crane blob "$app@$layer" >blob
check_equal "blob gives its bytes" "$layer" "$(digest_of blob)"
check "pull it as a layout" crane pull --format oci "$app:v1" by-tag
check "the pulled image is the pushed one" same_layout "$APP" by-tag
check "pull it by digest" crane pull --format oci "$app@$(layout_digest "$APP")" by-digest
check "that image is the pushed one" same_layout "$APP" by-digest
check "validate reads every layer" crane validate --remote "$app:v1"
check_equal "export gives the files" "hello from the registry" \
    "$(crane export "$app:v1" - | tar -xO greeting)"
check_refused "a tag that is not there" 'MANIFEST_UNKNOWN|not found' crane manifest "$app:nothing"

# Indexes. With --index the layout's own index.json is pushed: an index that holds an index.
check "push an index with its images" crane push "$MULTI" "$multi:v1"
check "the server holds the pushed index" serves_layout "$MULTI" "$PLAIN" team/multi v1
check "pull the index" crane pull --format oci "$multi:v1" multi-back
check "the pulled index is the pushed one" same_layout "$MULTI" multi-back
check_equal "a platform of the index" arm64 \
    "$(crane config --platform linux/arm64 "$multi:v1" | jq -r .architecture)"
check "push a nested index" crane push --index "$MULTI" "$multi:nested"
check_equal "the nested index is the pushed one" "$(digest_of "$MULTI/index.json")" \
    "$(served_digest "$PLAIN" team/multi nested)"
check "validate every image of the nested index" crane validate --remote "$multi:nested"

# Tags, lists, copies.
check "tag it" crane tag "$app:v1" v2
check_equal "ls lists the tags" "v1 v2" "$(crane ls "$app" | sort | xargs)"
check "copy to another repository" crane copy "$app:v1" "$PLAIN/other/app:v1"
check "the copy has the same bytes" serves_layout "$APP" "$PLAIN" other/app v1
check_equal "catalog lists the repositories" "other/app team/app team/multi" \
    "$(crane catalog "$PLAIN" | sort | xargs)"

# A layer on top of an image of the registry: its base layers are mounted, not sent.
echo appended >appended && tar -cf appended.tar appended
check "append a layer" crane append -b "$app:v1" -f appended.tar -t "$PLAIN/mine/app:v1"
check "validate the appended image" crane validate --remote "$PLAIN/mine/app:v1"
check_equal "it has the appended file" appended \
    "$(crane export "$PLAIN/mine/app:v1" - | tar -xO appended)"
check_equal "its base layers are the same" "$(jq -c '[.layers[].digest]' manifest)" \
    "$(crane manifest "$PLAIN/mine/app:v1" | jq -c '[.layers[:-1][].digest]')"

# Delete is by digest.
check "delete an image" crane delete "$app@$(layout_digest "$APP")"
check_equal "its tags are gone" 0 "$(crane ls "$app" 2>"$T/log" | wc -l)"
check_refused "it cannot be pulled any more" 'MANIFEST_UNKNOWN|NAME_UNKNOWN|not found' \
    crane manifest "$app:v1"
check "the copy in the other repository stays" serves_layout "$APP" "$PLAIN" other/app v1

# With a password over TLS.
secure=$SECURE/team/app:v1
check_refused "TLS with an unknown CA" 'unknown authority|certificate' crane push "$APP" "$secure"
export SSL_CERT_FILE=$CA
check_refused "push without a password" 'UNAUTHORIZED|401' crane push "$APP" "$secure"
login() {
    crane auth login -u "$USER_NAME" --password-stdin "$SECURE" <<<"$1"
}
check "save a wrong password" login wrong
check_refused "push with the wrong password" 'UNAUTHORIZED|401' crane push "$APP" "$secure"
check "save the password" login "$PASSWORD"
check "push with the password" crane push "$APP" "$secure"
check "the server holds the pushed bytes (TLS)" serves_layout "$APP" "$SECURE" team/app v1
check "pull with the password" crane pull --format oci "$secure" secure
check "the pulled image is the pushed one (TLS)" same_layout "$APP" secure
check "copy between the servers" crane copy "$PLAIN/other/app:v1" "$SECURE/mirror/app:v1"
check "the copy has the same bytes (TLS)" serves_layout "$APP" "$SECURE" mirror/app v1
check "logout" crane auth logout "$SECURE"
check_refused "pull after logout" 'UNAUTHORIZED|401' crane manifest "$secure"

finish
