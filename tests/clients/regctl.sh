#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# regctl: copies from and to layouts, manifest and blob commands, chunked uploads, listings,
# artifacts, tag delete with the server's setting off (regctl then works around it) and on, login.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(regctl version --format '{{.VCSTag}}')
start_servers
start_server tagless --anonymous write --compatibility-delete-by-tag
TAGLESS=$address

app=$PLAIN/team/app
multi=$PLAIN/team/multi
for registry in "$PLAIN" "$TAGLESS"; do
    check "speak http to $registry" regctl registry set "$registry" --tls disabled
done

tags() {
    regctl tag ls "$1" | sort | xargs
}

# Images.
check "push an image" regctl image copy "ocidir://$APP:v1" "$app:v1"
check "the server holds the pushed bytes" serves_layout "$APP" "$PLAIN" team/app v1
check_equal "image digest" "$(layout_digest "$APP")" "$(regctl image digest "$app:v1")"
check_equal "manifest head" "$(layout_digest "$APP")" "$(regctl manifest head "$app:v1")"
regctl manifest get --format raw-body "$app:v1" >manifest
check "manifest get gives its bytes" cmp manifest "$(layout_manifest "$APP")"
check "pull it" regctl image copy "$app:v1" ocidir://back:v1
check "the pulled image is the pushed one" same_layout "$APP" back
check "push an index with its images" regctl image copy "ocidir://$MULTI:v1" "$multi:v1"
check "the server holds the pushed index" serves_layout "$MULTI" "$PLAIN" team/multi v1
check "pull the index" regctl image copy "$multi:v1" ocidir://multi-back:v1
check "the pulled index is the pushed one" same_layout "$MULTI" multi-back
check_equal "a platform of the index" arm64 \
    "$(regctl image config --platform linux/arm64 "$multi:v1" --format '{{.Architecture}}')"
check "copy to another repository" regctl image copy "$app:v1" "$PLAIN/other/app:v1"
check "the copy has the same bytes" serves_layout "$APP" "$PLAIN" other/app v1
check_refused "a tag that is not there" 'not found' regctl manifest get "$app:nothing"
check_equal "a changed image" changed "$(
    regctl image mod --create "$PLAIN/mine/app:v1" --label state=changed "$app:v1" >"$T/log" &&
        regctl image config "$PLAIN/mine/app:v1" --format '{{index .Config.Labels "state"}}'
)"

# Blobs. Small pieces make regctl upload in chunks with Content-Range.
head -c 300000 /dev/urandom >noise
noise=$(digest_of noise)
push_blob() { # REPOSITORY
    regctl blob put "$1" <noise
}
check "blob put" push_blob "$PLAIN/team/blobs"
regctl blob get "$PLAIN/team/blobs" "$noise" >blob
check "blob get gives its bytes" cmp blob noise
check "blob head" regctl blob head "$PLAIN/team/blobs" "$noise"
check "small chunks" regctl registry set "$PLAIN" --tls disabled --blob-chunk 65536 --blob-max 1
check "blob put in chunks" push_blob "$PLAIN/team/chunked"
check_equal "the chunks make the whole blob" "$noise" \
    "$(served "$PLAIN" "team/chunked/blobs/$noise" >whole && digest_of whole)"
check "an image in chunks" regctl image copy "ocidir://$APP:v1" "$PLAIN/team/pieces:v1"
check "the server holds the chunked image" serves_layout "$APP" "$PLAIN" team/pieces v1
check "blob copy" regctl blob copy "$PLAIN/team/blobs" "$PLAIN/other/blobs" "$noise"
check_equal "the copied blob is the same" "$noise" \
    "$(served "$PLAIN" "other/blobs/blobs/$noise" >whole && digest_of whole)"
check "blob delete" regctl blob delete "$PLAIN/team/blobs" "$noise"
check_refused "the deleted blob is gone" 'not found' \
    regctl blob head "$PLAIN/team/blobs" "$noise"

# Listings.
check "a second tag" regctl image copy "$app:v1" "$app:v2"
check_equal "tag ls" "v1 v2" "$(tags "$app")"
check_equal "repo ls finds the images" "mine/app other/app team/app team/multi team/pieces" \
    "$(regctl repo ls "$PLAIN" | grep -v -e /blobs -e /chunked | sort | xargs)"

# Artifacts.
echo signature >signature
put_artifact() {
    regctl artifact put --artifact-type application/vnd.test.signature --subject "$app:v1" \
        -f signature
}
check "attach an artifact" put_artifact
check_equal "artifact list finds it" application/vnd.test.signature \
    "$(regctl artifact list "$app:v1" --format '{{range .Descriptors}}{{.ArtifactType}}{{end}}')"
check_equal "artifact get gives its file" signature \
    "$(regctl artifact get --subject "$app:v1" \
        --filter-artifact-type application/vnd.test.signature)"
check_equal "the server lists it as referrer" application/vnd.test.signature \
    "$(served "$PLAIN" "team/app/referrers/$(layout_digest "$APP")" |
        jq -r '.manifests[].artifactType')"

# Delete a tag. Refused by default; regctl then puts a placeholder manifest under the tag and
# deletes that by digest. Either way the image and its other tag stay.
check "delete a tag, the setting being off" regctl tag delete "$app:v2"
check_equal "the other tag stays" v1 "$(tags "$app")"
check "the image stays" serves_layout "$APP" "$PLAIN" team/app v1
for tag in v1 v2; do
    check "push $tag to the server that deletes tags" \
        regctl image copy "ocidir://$APP:v1" "$TAGLESS/team/app:$tag"
done
check "delete a tag, the setting being on" regctl tag delete "$TAGLESS/team/app:v2"
check_equal "only that tag goes" v1 "$(tags "$TAGLESS/team/app")"
check_equal "the image stays where tags are deleted" "$(layout_digest "$APP")" \
    "$(served_digest "$TAGLESS" team/app v1)"
check "delete an image" regctl manifest delete "$app@$(layout_digest "$APP")"
check_refused "it cannot be pulled any more" 'not found' regctl manifest get "$app:v1"

# With a password over TLS.
secure=$SECURE/team/app:v1
check "speak https" regctl registry set "$SECURE" --tls enabled --skip-check
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    regctl image copy "ocidir://$APP:v1" "$secure"
check "trust the CA" regctl registry set "$SECURE" --cacert "$(cat "$CA")" --skip-check
check_refused "push without a password" 'unauthorized' \
    regctl image copy "ocidir://$APP:v1" "$secure"
login() {
    regctl registry login "$SECURE" -u "$USER_NAME" --pass-stdin <<<"$1"
}
check_refused "login with a wrong password" 'unauthorized' login wrong
check "login" login "$PASSWORD"
check "push after login" regctl image copy "ocidir://$APP:v1" "$secure"
check "the server holds the pushed bytes (TLS)" serves_layout "$APP" "$SECURE" team/app v1
check "pull after login" regctl image copy "$secure" ocidir://secure:v1
check "the pulled image is the pushed one (TLS)" same_layout "$APP" secure
check "copy between the servers" regctl image copy "$multi:v1" "$SECURE/mirror/multi:v1"
check "the copy has the same bytes (TLS)" serves_layout "$MULTI" "$SECURE" mirror/multi v1
check "logout" regctl registry logout "$SECURE"
check_refused "pull after logout" 'unauthorized' regctl manifest get "$secure"

finish
