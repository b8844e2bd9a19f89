#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The acr CLI on a repository of 3,000 tags: tag list and delete, manifest list and delete, purge
# with every option, annotate, login. After each removal, exactly the right tags and manifests are
# left. Purge removes the tags of a page before it asks for the next one, and names the last tag of
# the removed page when it does.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(basename "$(dirname "$(command -v acr)")"/.acr-v* | cut -d - -f 2)
start_server secure --tls-cert "$WORK/server.crt" --tls-key "$WORK/server.key"
PASSWORD=$(cat "$SERVERS/secure/admin-password")
SECURE=$address # has a dot, or the name would become SECURE.azurecr.io
export SSL_CERT_FILE=$CA

as_admin() { # WORD...
    did "$@"
    acr "$@" -r "$SECURE" -u "$USER_NAME" -p "$PASSWORD"
}

# call METHOD PATH [BODY]: without the client.
call() {
    curl -sSf --cacert "$CA" -u "$USER_NAME:$PASSWORD" -X "$1" "https://$SECURE$2" ${3:+-d "$3"}
}
lock() { # PATH ATTRIBUTE...
    local path=$1
    shift
    call PATCH "/acr/v1/$path" "$(jq -nc '[$ARGS.positional[] | {(.): false}] | add' --args "$@")" \
        >"$T/locking" || fail "lock $path" "$(cat "$T/locking")"
}

# pages PATH FIELD: all items of a list, one in a line.
pages() {
    local last='' page
    while page=$(call GET "$1?n=1000&last=$last" | jq -r "$2") && [ -n "$page" ]; do
        echo "$page"
        last=${page##*$'\n'}
    done
}
tags_of() { # REPOSITORY
    pages "/v2/$1/tags/list" '.tags[]?' 2>/dev/null
}
manifests_of() { # REPOSITORY
    pages "/acr/v1/$1/_manifests" '.manifests[]?.digest' 2>/dev/null
}

# same NAME WANTED-FILE GOT-FILE: the same lines in whatever order.
same() {
    sort "$2" >"$T/wanted.sorted"
    sort "$3" >"$T/got.sorted"
    if [ -s "$2" ] && cmp -s "$T/wanted.sorted" "$T/got.sorted"; then
        pass "$1"
    else
        fail "$1" "wanted $(wc -l <"$2") lines and got $(wc -l <"$3"); those of one only:" \
            "$(comm -3 "$T/wanted.sorted" "$T/got.sorted" | head -n 10)"
    fi
}
# left NAME REPOSITORY TAG-FILE MANIFEST-FILE: what the server holds now.
left() {
    tags_of "$2" >tags.left
    same "$1: the tags left" "$3" tags.left
    manifests_of "$2" >manifests.left
    same "$1: the manifests left" "$4" manifests.left
}
# lacks FILE FILE: the lines of the first that are not in the second, in their order.
lacks() {
    grep -vxFf "$2" "$1"
}
counts() { # the numbers that purge ends with
    sed -n 's/^Number of .*: //p' "$T/log" | xargs
}
# removes NAME TAGS MANIFESTS OPTION...: what purge says it did.
removes() {
    check "$1" as_admin purge "${@:4}"
    check_equal "$1: its count" "$2 $3" "$(counts)"
}

# --- what there is ------------------------------------------------------------------------------

plan() {
    local number name
    cat <<'PLAN'
team/app - image:300
team/app - image:301
team/app - image:302
team/app - image:303
team/app - docker:304
team/app - index:image:302,image:303
team/app - image:0
team/app - image:1
team/app multi index:image:0,image:1
PLAN
    # One tag in ten is a release, and so is every tag of its image. The order of the times is not
    # the order of the names.
    for number in {0..2999}; do
        number=$((number * 7 % 3000))
        name=build
        [ $((number % 10)) != 7 ] || name=release
        printf 'team/app %s-%04d image:%d\n' "$name" "$number" $((number % 300))
    done
    echo "team/app - referrer:application/vnd.test.bill:image:7"
    for number in {1..6}; do
        echo "team/loose - image:$number"
    done
    echo "team/loose v1 image:7"
    for number in {0..7}; do
        printf 'team/ties %s image:%d\n' "$(printf "tie-$number%02d\n" {0..31} | paste -sd ,)" \
            "$number"
    done
    echo "team/small v1 image:1"
    echo "team/small v2 image:2"
    echo "team/small v3 image:3"
}
seed_plan() {
    plan | /usr/bin/python3 "$(dirname "$0")/seed.py" "$SECURE" "$CA" "$USER_NAME:$PASSWORD" >seeded
}
check "push 3,000 tags" seed_plan
digest() { # REPOSITORY KEY
    awk -v repository="$1" -v key="$2" '$1 == repository && $3 == key { print $4; exit }' seeded
}
awk '$1 == "team/app" && $2 != "-" { print $2 }' seeded | tac >newest
awk '$1 == "team/app" { print $4 }' seeded | sort -u >manifests

# Locked: the last tag of a page, one in the middle of a page, one of the newest; a hidden one; a
# manifest of many tags; manifests without a tag.
at() { # NUMBER: the tag with so many newer ones
    sed -n "$(($1 + 1))p" newest
}
at 99 >locked
at 149 >>locked
at 2 >>locked
at 204 >hidden
check_equal "the locked tags are builds" 4 "$(grep -c '^build-' <(cat locked hidden))"
lock "team/app/_tags/$(at 99)" writeEnabled
lock "team/app/_tags/$(at 149)" deleteEnabled
lock "team/app/_tags/$(at 2)" deleteEnabled writeEnabled
lock "team/app/_tags/$(cat hidden)" listEnabled
lock "team/app/_manifests/$(digest team/app image:2)" writeEnabled
lock "team/app/_manifests/$(digest team/app image:300)" deleteEnabled
lock "team/app/_manifests/$(digest team/app image:301)" writeEnabled
lacks newest hidden >listed
grep '^build-' listed | grep -vxFf locked >eligible

# --- lists --------------------------------------------------------------------------------------

check "tag list" as_admin tag list --repository team/app
sort listed | sed "s|^|$SECURE/team/app:|" >wanted
sed 1d log >got
check "it has every tag in order" cmp wanted got
check "manifest list" as_admin manifest list --repository team/app
sed "s|^|$SECURE/team/app@|" manifests >wanted
sed 1d log >got
check "it has every manifest in order" cmp wanted got

# --- purge: what it would do --------------------------------------------------------------------

builds=(--filter 'team/app:^build-' --ago 0d)
sed -n '251,$p' eligible >leaves
removes "purge --keep --dry-run" "$(wc -l <leaves)" 0 "${builds[@]}" --keep 250 --dry-run
sed -n "s|^Would delete: $SECURE/team/app:||p" log >got
same "it would remove all but the newest" leaves got

# Without builds, an image is left without tags unless a tag of it is locked or hidden. It stays if
# it is locked itself, in an index that stays, or attached to something.
awk 'NR == FNR { gone[$1]; next } $1 == "team/app" && $2 != "-" && !($2 in gone) { print $4 }' \
    eligible seeded >protected
for key in image:0 image:1 image:2 image:300 image:301 \
    referrer:application/vnd.test.bill:image:7; do
    digest team/app $key
done >>protected
lacks manifests protected >untagged
removes "purge --untagged --dry-run" "$(wc -l <eligible)" "$(wc -l <untagged)" "${builds[@]}" \
    --untagged --dry-run
sed -n "s|^Would delete: $SECURE/team/app@||p" log >got
same "it would remove what has no tag then" untagged got
removes "purge --ago 1d finds nothing that old" 0 0 "${builds[@]}" --ago 1d --untagged
left "after all this" team/app listed manifests

# --- purge: what it does ------------------------------------------------------------------------

lock team/small writeEnabled
removes "purge in a locked repository" 0 0 --filter 'team/small:.*' --ago 0d
check_equal "it was refused each tag" 3 "$(grep -c 'operation not allowed, HTTP status: 405' log)"
check_equal "they are there" "v1 v2 v3" "$(tags_of team/small | sort | xargs)"
call PATCH /acr/v1/team/small '{"writeEnabled":true}' >log

removes "purge --keep" "$(wc -l <leaves)" 0 "${builds[@]}" --keep 250
lacks listed leaves >stay
left "purge --keep" team/app stay manifests
removes "purge --keep again" 0 0 "${builds[@]}" --keep 250

head -n 250 eligible >rest
removes "purge --untagged" 250 "$(wc -l <untagged)" "${builds[@]}" --untagged
lacks listed eligible >stay
lacks manifests untagged >manifests.stay
left "purge --untagged" team/app stay manifests.stay
check "the hidden tag is there" call GET "/acr/v1/team/app/_tags/$(cat hidden)"

removes "purge --include-locked" 3 0 "${builds[@]}" --include-locked
check_equal "it unlocked them" 3 "$(grep -c "^Unlocked $SECURE/team/app:" log)"
lacks stay locked >stay.now
left "purge --include-locked" team/app stay.now manifests.stay

# The images of the locked tags are of the hidden one or have no tag now.
awk 'NR == FNR { tag[$1]; next } $1 == "team/app" && $2 in tag { print $4 }' \
    <(cat stay.now hidden) seeded >protected
for key in image:0 image:1 referrer:application/vnd.test.bill:image:7; do
    digest team/app $key
done >>protected
lacks manifests.stay protected >untagged
removes "purge --untagged-only --include-locked" 0 "$(wc -l <untagged)" --untagged-only \
    --filter 'team/app:.*' --include-locked
lacks manifests.stay untagged >manifests.now
left "purge --untagged-only --include-locked" team/app stay.now manifests.now

awk '$1 == "team/loose" { print $4 }' seeded >loose
sed -n '5,$p' loose >loose.stay
removes "purge --untagged-only --keep --dry-run" 0 4 --untagged-only --filter 'team/loose:.*' \
    --keep 2 --dry-run
removes "purge --untagged-only --keep" 0 4 --untagged-only --filter 'team/loose:.*' --keep 2
echo v1 >tags.wanted
left "purge --untagged-only --keep" team/loose tags.wanted loose.stay

# 256 tags of eight times: the ends of the pages are between tags of the same time.
awk '$1 == "team/ties" { print $4 }' seeded >ties
removes "purge tags of one time" 156 0 --filter 'team/ties:.*' --ago 0m --keep 100
check_equal "the newest are left" "4 tie-4 32 tie-5 32 tie-6 32 tie-7" \
    "$(tags_of team/ties | cut -c 1-5 | sort | uniq -c | xargs)"
removes "purge everything that matches anywhere" 103 0 --filter '.*/ties:.*' \
    --filter 'team/small:.*' --ago 0d --repository-page-size 2 --concurrency 32
check_equal "no tag is left" 0 "$(tags_of team/ties | wc -l)"
removes "purge --untagged-only of all repositories" 0 13 --untagged-only --ago 0d
check_equal "repositories without manifests are gone" "team/app team/loose" \
    "$(call GET /v2/_catalog | jq -r '.repositories | join(" ")')"
check "purge where there is nothing" as_admin purge --filter 'team/ties:.*' --ago 0d

# --- one by one ---------------------------------------------------------------------------------

mapfile -t releases < <(sort stay.now | grep '^release-' | head -n 3)
check "tag delete" as_admin tag delete --repository team/app "${releases[@]:0:2}"
printf '%s\n' "${releases[@]:0:2}" >gone
lacks stay.now gone >stay
left "tag delete" team/app stay manifests.now
lock "team/app/_tags/${releases[2]}" deleteEnabled
check_refused "tag delete of a locked tag" 'StatusCode=405.*operation is disallowed' \
    as_admin tag delete --repository team/app "${releases[2]}"
check_refused "tag delete of no tag" 'StatusCode=404.*tag does not exist' \
    as_admin tag delete --repository team/app nothing
bill=$(digest team/app referrer:application/vnd.test.bill:image:7)
lock "team/app/_manifests/$bill" writeEnabled
check_refused "manifest delete of a locked manifest" 'StatusCode=405.*operation is disallowed' \
    as_admin manifest delete --repository team/app "$bill"
call PATCH "/acr/v1/team/app/_manifests/$bill" '{"writeEnabled":true}' >log
check "manifest delete" as_admin manifest delete --repository team/app "$bill"
lacks manifests.now <(echo "$bill") >manifests.stay
left "manifest delete" team/app stay manifests.stay
check_refused "manifest delete of no manifest" "StatusCode=404.*is not found" \
    as_admin manifest delete --repository team/app "$bill"

annotate() {
    ACR_EXPERIMENTAL_ANNOTATE=true as_admin annotate --filter 'team/loose:^v1$' \
        --artifact-type application/vnd.test.lifecycle --annotations end-of-life=2026-01-01
}
check "annotate" annotate
check_equal "the annotation is attached" "application/vnd.test.lifecycle 2026-01-01" \
    "$(served "$SECURE" "team/loose/referrers/$(digest team/loose image:7)" |
        jq -r '.manifests[] | "\(.artifactType) \(.annotations["end-of-life"])"')"

# --- who may ------------------------------------------------------------------------------------

check_refused "a wrong password" 'StatusCode=401' \
    acr tag list --repository team/loose -r "$SECURE" -u "$USER_NAME" -p wrong
login() {
    acr login "$SECURE" -u "$USER_NAME" --password-stdin <<<"$1"
}
check_refused "login with a wrong password" 'unauthorized|401' login wrong
check "login" login "$PASSWORD"
check "tag list after login" acr tag list --repository team/loose -r "$SECURE"
check "logout" acr logout "$SECURE"
check_refused "tag list after logout" 'unable to resolve authentication' \
    acr tag list --repository team/loose -r "$SECURE"
refresh_token() {
    local form="grant_type=password&access_type=offline&service=$SECURE&scope=registry:catalog:*"
    call POST /oauth2/token "$form&username=$USER_NAME&password=$PASSWORD" | jq -r .refresh_token
}
check "with a refresh token" acr tag list --repository team/loose -r "$SECURE" \
    -u 00000000-0000-0000-0000-000000000000 -p "$(refresh_token)"
check_equal "the tag is listed" "$SECURE/team/loose:v1" "$(sed 1d log)"
unset SSL_CERT_FILE # the other commands try again for minutes
check_refused "an unknown CA" 'unknown authority' login "$PASSWORD"

finish
