#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# az acr: repository list, show, show-tags, show-manifests, update, untag, delete; manifest
# list-metadata, show-metadata, update-metadata, list, show, delete, list-referrers, restore;
# repository list-deleted. Every answer is compared with what was pushed.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(dpkg-query -W -f '${Version}' azure-cli)
start_server secure --tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key" \
    --soft-delete-days 7
PASSWORD=$(cat "$SERVERS/secure/admin-password")

# az makes the host of REGISTRY and the suffix of its cloud, so this registry is called 127. The
# other addresses of the cloud are asked for nothing: there is no subscription.
SECURE=$address
registry=${SECURE%%.*}
export AZURE_CONFIG_DIR=$T/azure AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_NO_COLOR=yes
export AZURE_CORE_ONLY_SHOW_ERRORS=yes REQUESTS_CA_BUNDLE=$CA
make_cloud() {
    local name endpoints=()
    for name in resource-manager management gallery active-directory \
        active-directory-resource-id active-directory-graph-resource-id; do
        endpoints+=("--endpoint-$name" https://localhost:1/)
    done
    az cloud register -n test --suffix-acr-login-server-endpoint ".${SECURE#*.}" \
        "${endpoints[@]}" && az cloud set -n test
}

# acr GROUP COMMAND OPTION...: with the registry, unless the first option names it.
acr() {
    local where=(-n "$registry")
    [ "$1" = repository ] || where=(-r "$registry")
    [[ ${3-} != "$SECURE/"* ]] || where=()
    did "$1" "$2"
    az acr "$1" "$2" "${where[@]}" -u "$USER_NAME" -p "$PASSWORD" -o json "${@:3}"
}

# answers NAME WANTED FILTER GROUP COMMAND OPTION...: the answer, sent through jq's FILTER, is the
# JSON document WANTED.
answers() {
    local name=$1 wanted=$2 filter=$3 status
    shift 3
    echo "$name" >"$T/step"
    acr "$@" >"$T/answer" 2>"$T/log"
    status=$?
    if [ $status = 0 ]; then
        check_equal "$name" "$(jq -cS . <<<"$wanted")" "$(jq -cS "$filter" "$T/answer" 2>&1)"
    else
        fail_with_log "$name" "status $status of: az acr $*"
    fi
}

# refused NAME GROUP COMMAND OPTION...: by a lock, in the words of the service.
refused() {
    local text='Error: The operation is disallowed on this registry, repository or image\.'
    check_refused "$1" "$text .*Correlation ID: [0-9a-f-]{36}" acr "${@:2}"
}

# call METHOD PATH OPTION...: without az.
call() {
    curl -sS --cacert "$CA" -u "$USER_NAME:$PASSWORD" -X "$1" "https://$SECURE$2" "${@:3}"
}

# --- what there is ------------------------------------------------------------------------------

upload() { # LAYOUT NAME:TAG
    skopeo --insecure-policy copy -qa --dest-cert-dir "$T/certs" \
        --dest-creds "$USER_NAME:$PASSWORD" "oci:$1:v1" "docker://$SECURE/$2"
}
plan() {
    local number
    for number in {100..204}; do
        echo "many/$number v1 image:1"
    done
    # The order of the times is not the order of the names.
    for number in {0..104}; do
        echo "team/tags tag-$((number * 11 % 105 + 100)) image:$((number % 3))"
    done
    for number in {1..104}; do
        echo "team/manifests - image:$((number * 11 % 105 + 100))"
    done
    cat <<'PLAN'
team/lock v1 image:1
team/lock v2 image:2
team/lock - image:3
team/signed v1 image:1
team/signed - referrer:application/vnd.test.signature:image:1
team/signed - referrer:application/vnd.test.bill:image:1
team/signed - referrer:application/vnd.test.counter:referrer:application/vnd.test.bill:image:1
team/gone v1 image:1
team/gone v2 image:1
team/gone v3 image:2
team/gone v4 image:3
team/gone - image:4
team/gone - image:5
PLAN
}
seed_plan() {
    plan | /usr/bin/python3 "$(dirname "$0")/seed.py" "$SECURE" "$CA" "$USER_NAME:$PASSWORD" >seeded
}
# pushed FIELD REPOSITORY KEY: of what was pushed; field 4 is the digest, 5 the size.
pushed() {
    awk -v repository="$2" -v key="$3" -v field="$1" \
        '$1 == repository && $3 == key { print $field; exit }' seeded
}
list() { # WORD...: as a JSON list
    jq -nc '$ARGS.positional' --args "$@"
}

check "push two images" upload "$APP" team/app:v1
check "push an index" upload "$MULTI" team/multi:v1
check "push many small images" seed_plan
check "register a cloud" make_cloud

open='{"deleteEnabled":true,"listEnabled":true,"readEnabled":true,"writeEnabled":true}'
untimed='del(.createdTime, .lastUpdateTime)'
timed='[.createdTime, .lastUpdateTime | test("^20..-..-..T..:..:..([.][0-9]{1,7})?Z$")]'
app=$(layout_digest "$APP")
multi=$(layout_digest "$MULTI")
image_size() { # LAYOUT
    jq --argjson own "$(stat -c %s "$(layout_manifest "$1")")" \
        '$own + .config.size + ([.layers[].size] | add)' "$(layout_manifest "$1")"
}
served "$SECURE" team/app/manifests/v1 >app.json

# --- repositories -------------------------------------------------------------------------------

mapfile -t repositories < <(printf '%s\n' many/{100..204} team/{app,gone,lock,manifests} \
    team/{multi,signed,tags})
answers "repository list, in pages" "$(list "${repositories[@]}")" . repository list
answers "repository list --top 3" "$(list "${repositories[@]:0:3}")" . repository list --top 3
answers "repository list --top 102" "$(list "${repositories[@]:0:102}")" . \
    repository list --top 102
wanted=$(jq -n --arg host "$SECURE" --argjson open "$open" '{registry: $host,
    imageName: "team/app", manifestCount: 1, tagCount: 1,
    changeableAttributes: ($open + {teleportEnabled: false})}')
answers "repository show" "$wanted" "$untimed" repository show --repository team/app
check_equal "its times" '[true,true]' "$(jq -c "$timed" answer)"
wanted=$(jq -n --arg digest "$app" --argjson open "$open" '{name: "v1", digest: $digest,
    signed: false, changeableAttributes: $open}')
answers "repository show of a tag" "$wanted" "$untimed" repository show --image team/app:v1
check_equal "its times" '[true,true]' "$(jq -c "$timed" answer)"
entry=$(jq -n --arg digest "$app" --argjson size "$(image_size "$APP")" --argjson open "$open" \
    '{digest: $digest, imageSize: $size, architecture: "amd64", os: "linux",
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    configMediaType: "application/vnd.oci.image.config.v1+json", tags: ["v1"],
    changeableAttributes: $open}')
answers "repository show of a digest" "$entry" "$untimed" repository show --image "team/app@$app"
check_equal "its times" '[true,true]' "$(jq -c "$timed" answer)"
answers "manifest show-metadata" "$entry" "$untimed" manifest show-metadata -n "team/app@$app"
answers "manifest list-metadata" "[$entry]" "map($untimed)" manifest list-metadata -n team/app
answers "manifest metadata by its full name" "$entry" "$untimed" \
    manifest show-metadata "$SECURE/team/app@$app"
wanted=$(jq '[.manifests[] | {digest} + (.platform | {architecture, os})]' \
    "$(layout_manifest "$MULTI")")
answers "the images of an index" "$wanted" .references repository show --image "team/multi@$multi"
answers "update that changes nothing" "$open" .changeableAttributes \
    repository update --image team/app:v1
check_refused "a repository that is not there" 'repository "team/none" is not found' \
    acr repository show --repository team/none
check_refused "a tag that is not there" 'the specified tag does not exist' \
    acr repository show --image team/app:none
check_refused "a manifest that is not there" 'manifest unknown' \
    acr repository show --image "team/app@$multi"

# --- tags and manifests in pages and orders -----------------------------------------------------

mapfile -t newest < <(awk '$1 == "team/tags" { print $2 }' seeded | tac)
mapfile -t by_name < <(printf '%s\n' "${newest[@]}" | sort)
mapfile -t oldest < <(printf '%s\n' "${newest[@]}" | tac)
answers "show-tags, in pages" "$(list "${by_name[@]}")" . repository show-tags \
    --repository team/tags
answers "show-tags --orderby time_desc" "$(list "${newest[@]}")" . repository show-tags \
    --repository team/tags --orderby time_desc
answers "show-tags --orderby time_asc --top 102" "$(list "${oldest[@]:0:102}")" . \
    repository show-tags --repository team/tags --orderby time_asc --top 102
answers "show-tags --top 7" "$(list "${by_name[@]:0:7}")" . repository show-tags \
    --repository team/tags --top 7
wanted=$(jq -Rn --argjson open "$open" '[inputs / " " | select(.[0] == "team/tags") |
    {name: .[1], digest: .[3], signed: false, changeableAttributes: $open}] | sort_by(.name)' \
    <seeded)
answers "show-tags --detail" "$wanted" "map($untimed)" repository show-tags \
    --repository team/tags --detail
check_equal "its times" '[true,true]' "$(jq -c "map($timed) | unique[]" answer)"

mapfile -t newest < <(awk '$1 == "team/manifests" { print $4 }' seeded | tac)
mapfile -t by_digest < <(printf '%s\n' "${newest[@]}" | sort)
mapfile -t oldest < <(printf '%s\n' "${newest[@]}" | tac)
answers "show-manifests, in pages" "$(list "${by_digest[@]}")" 'map(.digest)' \
    repository show-manifests --repository team/manifests
answers "show-manifests --orderby time_desc" "$(list "${newest[@]}")" 'map(.digest)' \
    repository show-manifests --repository team/manifests --orderby time_desc
answers "list-metadata --orderby time_asc --top 3" "$(list "${oldest[@]:0:3}")" 'map(.digest)' \
    manifest list-metadata -n team/manifests --orderby time_asc --top 3
answers "list-metadata --orderby time_asc, in pages" "$(list "${oldest[@]}")" 'map(.digest)' \
    manifest list-metadata -n team/manifests --orderby time_asc
wanted=$(jq -Rn '[inputs / " " | select(.[0] == "team/tags") | {digest: .[3], tag: .[1]}] |
    group_by(.digest) | map({digest: .[0].digest, tags: (map(.tag) | sort)})' <seeded)
answers "the tags of each manifest" "$wanted" 'map(del(.timestamp))' repository show-manifests \
    --repository team/tags

# --- manifests ----------------------------------------------------------------------------------

answers "manifest show" "$(cat app.json)" . manifest show -n team/app:v1
acr manifest show -n "team/app@$app" --raw >raw 2>log
check "manifest show --raw gives the bytes" cmp raw "$(layout_manifest "$APP")"
wanted=$(for digest in $(jq -r '.manifests[].digest' "$(layout_manifest "$MULTI")") $multi; do
    echo "$digest $(jq -c . "$MULTI/blobs/sha256/${digest#*:}")"
done | sort | cut -d ' ' -f 2- | jq -sc .)
answers "manifest list" "$wanted" . manifest list -n team/multi

type=application/vnd.test
signature=$(pushed 4 team/signed referrer:$type.signature:image:1)
bill=$(pushed 4 team/signed referrer:$type.bill:image:1)
counter=$(pushed 4 team/signed referrer:$type.counter:referrer:$type.bill:image:1)
mapfile -t both < <(printf '%s\n' "$signature" "$bill" | sort)
answers "list-referrers of a tag" "$(list "${both[@]}")" '.manifests | map(.digest)' \
    manifest list-referrers -n team/signed:v1
answers "list-referrers --artifact-type" "$(list "$bill" $type.bill)" \
    '.manifests[] | [.digest, .artifactType]' \
    manifest list-referrers -n team/signed:v1 --artifact-type $type.bill
answers "list-referrers --recursive of a digest" "$(list "${both[@]}" "$counter")" \
    '.manifests | map(.digest)' \
    manifest list-referrers -n "team/signed@$(pushed 4 team/signed image:1)" --recursive

# --- locks: each on each level, and what it refuses ---------------------------------------------

# lock NAME FALSE TARGET...: exactly the attribute FALSE of the target is false now.
previous=
lock() {
    local name=$1 off=$2 options=()
    shift 2
    [ -z "$previous" ] || options=("--$previous-enabled" true)
    [ "$off" = nothing ] || options+=("--$off-enabled" false)
    previous=$off
    [ "$off" != nothing ] || previous=
    answers "$name" "$(jq --arg off "${off}Enabled" 'if has($off) then .[$off] = false else . end' \
        <<<"$open")" '.changeableAttributes | del(.teleportEnabled)' "$@" "${options[@]}"
}
status_of_push() { # TAG KEY: its status and, refused, the code
    local manifest
    manifest=$(/usr/bin/python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import seed
sys.stdout.buffer.write(seed.build(sys.argv[2])[1])' "$(dirname "$0")" "$2")
    call PUT "/v2/team/lock/manifests/$1" -o push-answer -w '%{http_code} ' \
        -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "$manifest"
    jq -r '.errors[0].code' push-answer 2>/dev/null
}
tag=(repository update --image team/lock:v1)
lock "lock a tag against deletion" delete "${tag[@]}"
refused "it cannot be untagged" repository untag --image team/lock:v1
refused "nor its manifest deleted" manifest delete -n team/lock:v1 --yes
lock "lock a tag against changes" write "${tag[@]}"
refused "it cannot be untagged (write)" repository untag --image team/lock:v1
check_equal "it cannot be moved" "405 REGISTRY_DISALLOWED_OPERATION" \
    "$(status_of_push v1 image:2)"
lock "lock a tag against reading" read "${tag[@]}"
refused "it cannot be read" manifest show -n team/lock:v1
answers "what is known about it can" '"v1"' .name repository show --image team/lock:v1
lock "hide a tag" list "${tag[@]}"
answers "it is not in the list" '["v2"]' . repository show-tags --repository team/lock
lock "open the tag" nothing "${tag[@]}"

digest=$(pushed 4 team/lock image:2)
manifest=(manifest update-metadata -n "team/lock@$digest")
lock "lock a manifest against deletion" delete "${manifest[@]}"
refused "it cannot be deleted" manifest delete -n "team/lock@$digest" --yes
answers "its tag is open" "$open" .changeableAttributes repository show --image team/lock:v2
lock "lock a manifest against changes" write "${manifest[@]}"
refused "it cannot be deleted by tag" repository delete --image team/lock:v2 --yes
lock "lock a manifest against reading" read "${manifest[@]}"
refused "it cannot be read by digest" manifest show -n "team/lock@$digest"
refused "nor by tag" manifest show -n team/lock:v2
lock "hide a manifest" list "${manifest[@]}"
mapfile -t rest < <(printf '%s\n' "$(pushed 4 team/lock image:1)" "$(pushed 4 team/lock image:3)" |
    sort)
answers "it is not in the list of manifests" "$(list "${rest[@]}")" 'map(.digest)' \
    manifest list-metadata -n team/lock
lock "open the manifest" nothing "${manifest[@]}"

repository=(repository update --repository team/lock)
lock "lock a repository against deletion" delete "${repository[@]}"
refused "the repository cannot be deleted" repository delete --repository team/lock --yes
lock "lock a repository against changes" write "${repository[@]}"
refused "no tag can be removed" repository untag --image team/lock:v1
refused "no manifest can be deleted" manifest delete -n team/lock:v1 --yes
check_equal "nothing can be pushed" "405 REGISTRY_DISALLOWED_OPERATION" \
    "$(status_of_push new image:1)"
lock "lock a repository against reading" read "${repository[@]}"
refused "no manifest can be read" manifest show -n team/lock:v1
lock "hide a repository" list "${repository[@]}"
answers "it is not in the catalog" "$(list "${repositories[@]}" | jq -c 'map(select(. !=
    "team/lock"))')" . repository list
lock "open the repository" nothing "${repository[@]}"
check_equal "after all this a push works" 201 \
    "$(status_of_push v1 image:1 | cut -d ' ' -f 1)"

# --- removal ------------------------------------------------------------------------------------

check "untag" acr repository untag --image team/gone:v1
answers "the manifest keeps its other tag" '["v2"]' .tags \
    repository show --image "team/gone@$(pushed 4 team/gone image:1)"
check "delete an image by tag" acr repository delete --image team/gone:v2 --yes
check "delete an image by digest" acr repository delete --yes \
    --image "team/gone@$(pushed 4 team/gone image:4)"
check "manifest delete by tag" acr manifest delete -n team/gone:v3 --yes
answers "the tags that stay" '["v4"]' . repository show-tags --repository team/gone
mapfile -t stay < <(printf '%s\n' "$(pushed 4 team/gone image:3)" "$(pushed 4 team/gone image:5)" |
    sort)
answers "the manifests that stay" "$(list "${stay[@]}")" 'map(.digest)' \
    manifest list-metadata -n team/gone
check_refused "untag what is not there" 'the specified tag does not exist' \
    acr repository untag --image team/gone:v1
answers "delete a repository" "$(jq -n '{manifestsDeleted: $ARGS.positional, tagsDeleted: ["v4"]}' \
    --args "${stay[@]}")" . repository delete --repository team/gone --yes
check_refused "it is gone" 'repository "team/gone" is not found' \
    acr repository show-tags --repository team/gone
check_refused "delete it again" 'repository name not known to registry' \
    acr repository delete --repository team/gone --yes
signed=$(pushed 4 team/signed image:1)
check "delete what others refer to" acr manifest delete -n "team/signed@$signed" --yes
check_refused "its referrers are gone with it" 'repository "team/signed" is not found' \
    acr manifest list-metadata -n team/signed

# --- restoring what was deleted -----------------------------------------------------------------

# list-deleted of manifests and tags asks the resource manager for the days as well: tests/access.
answers "repository list-deleted" '["team/gone","team/signed"]' . repository list-deleted
check "manifest restore of a tag" acr manifest restore -n team/gone:v4 --yes
answers "the repository is there again" '["v4"]' . repository show-tags --repository team/gone
answers "with one manifest" "$(list "$(pushed 4 team/gone image:3)")" 'map(.digest)' \
    manifest list-metadata -n team/gone
answers "a manifest restored by its digest" "$(list "$signed" v1)" \
    '[.manifestsRestored[0], .tagsRestored[]]' manifest restore -n team/signed:v1 -d "$signed" --yes
answers "its referrers came along" "$(list "${both[@]}")" '.manifests | map(.digest)' \
    manifest list-referrers -n team/signed:v1
check_refused "a tag that was not deleted" 'No deleted manifests found for tag: none' \
    acr manifest restore -n team/gone:none --yes
check_refused "a tag that points elsewhere meanwhile" 'only overwritten by force' \
    acr manifest restore -n team/gone:v4 -d "$(pushed 4 team/gone image:4)" --yes
check "it is moved by force" \
    acr manifest restore -n team/gone:v4 -d "$(pushed 4 team/gone image:4)" --force --yes
answers "to that manifest" "$(list "$(pushed 4 team/gone image:4)")" '[.digest]' \
    repository show --image team/gone:v4

# --- who may ------------------------------------------------------------------------------------

PASSWORD=wrong
check_refused "a wrong password" 'unauthorized|authentication required|401' acr repository list
PASSWORD=$(cat "$SERVERS/secure/admin-password")
unset REQUESTS_CA_BUNDLE
check_refused "an unknown CA" 'could not connect' acr repository list

finish
