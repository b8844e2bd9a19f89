#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# oras: artifacts of files, attach and discover by the referrers API, manifests and blobs one by
# one, layouts, tags, delete, login.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(oras version | awk '/^Version:/ { print $2 }')
start_servers

http=(--plain-http)
files=$PLAIN/team/files
app=$PLAIN/team/app

# An artifact of two files.
mkdir pushed && cd pushed || exit 1
echo "a text" >notes.txt && head -c 300000 /dev/urandom >noise.bin
push_files() {
    oras push "${http[@]}" --artifact-type application/vnd.test.files --annotation made-by=test \
        --export-manifest ../manifest "$files:v1" notes.txt:text/plain noise.bin
}
check "push files" push_files
cd "$T" || exit 1
check_equal "the pushed manifest is the served one" "$(digest_of manifest)" \
    "$(served_digest "$PLAIN" team/files v1)"
check_equal "the artifact type is kept" application/vnd.test.files \
    "$(served "$PLAIN" team/files/manifests/v1 | jq -r .artifactType)"
check "pull them" oras pull "${http[@]}" -o pulled "$files:v1"
check "the pulled files are the pushed ones" diff -r pushed pulled
check_equal "resolve the tag" "$(digest_of manifest)" "$(oras resolve "${http[@]}" "$files:v1")"
oras manifest fetch "${http[@]}" "$files:v1" >fetched
check "manifest fetch gives its bytes" cmp manifest fetched
check_equal "manifest fetch --descriptor" "$(stat -c %s manifest)" \
    "$(oras manifest fetch "${http[@]}" --descriptor "$files:v1" | jq .size)"
check_refused "a tag that is not there" 'not found|MANIFEST_UNKNOWN' \
    oras manifest fetch "${http[@]}" "$files:nothing"

# Tags, repositories.
check "tag it twice" oras tag "${http[@]}" "$files:v1" v2 latest
check_equal "repo tags" "latest v1 v2" "$(oras repo tags "${http[@]}" "$files" | sort | xargs)"

# Blobs and manifests one by one.
noise=$(digest_of pushed/noise.bin)
check "blob fetch" oras blob fetch "${http[@]}" -o blob "$files@$noise"
check "the fetched blob is the pushed one" cmp blob pushed/noise.bin
check "blob push" oras blob push "${http[@]}" "$PLAIN/team/single" pushed/notes.txt
check_equal "the pushed blob is the served one" "a text" \
    "$(served "$PLAIN" "team/single/blobs/$(digest_of pushed/notes.txt)")"
check "blob delete" \
    oras blob delete "${http[@]}" -f "$PLAIN/team/single@$(digest_of pushed/notes.txt)"
check_refused "the deleted blob is gone" 'not found' \
    oras blob fetch "${http[@]}" -o gone "$PLAIN/team/single@$(digest_of pushed/notes.txt)"
check "manifest push" oras manifest push "${http[@]}" "$files:again" manifest
check_equal "it is the same manifest" "$(digest_of manifest)" \
    "$(served_digest "$PLAIN" team/files again)"

# Layouts.
check "copy an image from a layout" \
    oras cp --from-oci-layout "$APP:v1" "${http[@]/#--/--to-}" "$app:v1"
check "the server holds the copied bytes" serves_layout "$APP" "$PLAIN" team/app v1
check "copy it into a layout" oras cp "${http[@]/#--/--from-}" "$app:v1" --to-oci-layout back:v1
check "the layout is the same" same_layout "$APP" back
check "copy an index from a layout" \
    oras cp --from-oci-layout "$MULTI:v1" "${http[@]/#--/--to-}" "$PLAIN/team/multi:v1"
check "the server holds the copied index" serves_layout "$MULTI" "$PLAIN" team/multi v1
check_equal "a platform of the index" arm64 "$(oras manifest fetch-config "${http[@]}" \
    --platform linux/arm64 "$PLAIN/team/multi:v1" | jq -r .architecture)"

# Referrers: attached to an image, then attached to what was attached.
api=(--distribution-spec v1.1-referrers-api)
attach() { # SUBJECT ARTIFACT-TYPE FILE
    oras attach "${http[@]}" "${api[@]}" --artifact-type "$2" --format go-template \
        --template '{{.digest}}' "$1" "$3:text/plain" | tail -n 1 >attached
}
discover() { # OPTION... REFERENCE
    oras discover "${http[@]}" "${api[@]}" --format json "$@"
}
echo signature >signature && echo bill >bill && echo countersigned >countersigned
check "attach a signature" attach "$app:v1" application/vnd.test.signature signature
signature=$(cat attached)
check "attach a bill of materials" attach "$app:v1" application/vnd.test.bill bill
bill=$(cat attached)
check "attach to the signature" attach "$app@$signature" application/vnd.test.counter countersigned
counter=$(cat attached)
check_equal "discover finds both" "$(printf '%s\n' "$signature" "$bill" | sort | xargs)" \
    "$(discover --depth 1 "$app:v1" | jq -r '.referrers[].digest' | sort | xargs)"
check_equal "discover by type finds one" "$bill" \
    "$(discover --artifact-type application/vnd.test.bill "$app:v1" | jq -r '.referrers[].digest')"
check_equal "discover goes deeper" "$counter" \
    "$(discover "$app:v1" | jq -r '.referrers[].referrers[]?.digest')"
check_equal "the server tells their types" \
    "application/vnd.test.bill application/vnd.test.signature" \
    "$(served "$PLAIN" "team/app/referrers/$(layout_digest "$APP")" |
        jq -r '.manifests[].artifactType' | sort | xargs)"
check "pull what was attached" oras pull "${http[@]}" -o attached-files "$app@$signature"
check "it is the attached file" cmp signature attached-files/signature
check_equal "attaching made no tags" v1 "$(oras repo tags "${http[@]}" "$app" | xargs)"
check "copy the image with its referrers" oras cp -r "${http[@]/#--/--from-}" \
    "${http[@]/#--/--to-}" "$app:v1" "$PLAIN/mirror/app:v1"
check_equal "the copy has them too" "$(printf '%s\n' "$signature" "$bill" | sort | xargs)" \
    "$(discover --depth 1 "$PLAIN/mirror/app:v1" | jq -r '.referrers[].digest' | sort | xargs)"
check_equal "repo ls" "mirror/app team/app team/files team/multi" \
    "$(oras repo ls "${http[@]}" "$PLAIN" | grep -v '^team/single$' | sort | xargs)"
check "delete the bill" oras manifest delete "${http[@]}" "${api[@]}" -f "$app@$bill"
check_equal "discover finds it no more" "$signature" \
    "$(discover --depth 1 "$app:v1" | jq -r '.referrers[].digest')"

# With a password over TLS.
secure=$SECURE/team/files
ca=(--ca-file "$CA")
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    oras push --plain-http=false "$secure:v1" bill
check_refused "push without a password" 'credential|unauthorized|401' \
    oras push "${ca[@]}" --plain-http=false "$secure:v1" bill
login() {
    oras login "${ca[@]}" --plain-http=false -u "$USER_NAME" --password-stdin "$SECURE" <<<"$1"
}
check_refused "login with a wrong password" 'unauthorized|401' login wrong
check "login" login "$PASSWORD"
check "push after login" oras push "${ca[@]}" --plain-http=false "$secure:v1" bill signature
check "pull after login" oras pull "${ca[@]}" --plain-http=false -o secure "$secure:v1"
check "the pulled file is the pushed one (TLS)" cmp bill secure/bill
check_equal "the pushed file is the served one (TLS)" bill \
    "$(served "$SECURE" "team/files/blobs/$(digest_of bill)")"
check "logout" oras logout "$SECURE"
check_refused "pull after logout" 'credential|unauthorized|401' \
    oras pull "${ca[@]}" --plain-http=false -o nothing "$secure:v1"

finish
