#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# helm: a chart as OCI artifact: package, push, show, template, pull by version and by digest,
# login. helm asks the tag list for version ranges.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# What helm itself tells comes from its makefile and lacks the patch level.
client_version=$(basename "$(dirname "$(command -v helm)")"/.helm-v* | cut -d - -f 2)
start_servers

http=(--plain-http)
charts=oci://$PLAIN/charts

mkdir -p chart/templates
cat >chart/templates/settings.yaml <<'END'
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  greeting: {{ .Values.greeting }}
END
echo 'greeting: hello from the chart' >chart/values.yaml
package() { # VERSION
    printf 'apiVersion: v2\nname: greeter\ndescription: a test chart\nversion: %s\n' "$1" \
        >chart/Chart.yaml
    helm package chart
}

# push CHART REMOTE OPTION...: leaves the digest that helm reports in the file `digest`.
push() {
    helm push "$@" >push.log 2>&1
    local status=$?
    cat push.log
    sed -n 's/^Digest: //p' push.log >digest
    return "$status"
}

for version in 1.0.0 1.1.0 2.0.0+build.7; do
    check "package $version" package $version
    check "push $version" push "greeter-$version.tgz" "$charts" "${http[@]}"
    # A tag cannot hold a `+`: helm writes `_`.
    check_equal "the pushed digest of $version is the served one" "$(cat digest)" \
        "$(served_digest "$PLAIN" charts/greeter ${version/+/_})"
done
check_equal "the chart's layer is the package" "$(digest_of greeter-1.1.0.tgz)" \
    "$(served "$PLAIN" charts/greeter/manifests/1.1.0 | jq -r '.layers[0].digest')"
mkdir pulled
check "pull a version" helm pull "$charts/greeter" --version 1.0.0 -d pulled "${http[@]}"
check "the pulled chart is the pushed one" cmp greeter-1.0.0.tgz pulled/greeter-1.0.0.tgz
check "pull a version with build data" \
    helm pull "$charts/greeter" --version 2.0.0+build.7 -d pulled "${http[@]}"
check "that chart is the pushed one" cmp greeter-2.0.0+build.7.tgz pulled/greeter-2.0.0+build.7.tgz
check "pull the newest of a range" \
    helm pull "$charts/greeter" --version '^1.0.0' -d pulled "${http[@]}"
check "it is the newest" cmp greeter-1.1.0.tgz pulled/greeter-1.1.0.tgz
mkdir by-digest
check "pull by digest" helm pull "$charts/greeter@$(cat digest)" -d by-digest "${http[@]}"
check "it is the chart of that digest" cmp greeter-2.0.0+build.7.tgz by-digest/*.tgz
check_equal "show chart" 1.1.0 "$(helm show chart "$charts/greeter" --version 1.1.0 "${http[@]}" \
    2>"$T/log" | sed -n 's/^version: //p')"
check_equal "template renders it" "hello from the chart" \
    "$(helm template mine "$charts/greeter" --version 1.1.0 "${http[@]}" 2>"$T/log" |
        sed -n 's/^  greeting: //p')"
check_refused "a version that is not there" 'not found' \
    helm pull "$charts/greeter" --version 9.9.9 "${http[@]}"

# With a password over TLS.
ca=(--ca-file "$CA")
secure=oci://$SECURE/charts
check_refused "TLS with an unknown CA" 'unknown authority|certificate' \
    helm push greeter-1.0.0.tgz "$secure"
check_refused "push without a password" 'unauthorized|credential|401' \
    helm push greeter-1.0.0.tgz "$secure" "${ca[@]}"
login() {
    helm registry login "${ca[@]}" -u "$USER_NAME" --password-stdin "$SECURE" <<<"$1"
}
check_refused "login with a wrong password" 'unauthorized|401' login wrong
check "login" login "$PASSWORD"
check "push after login" push greeter-1.0.0.tgz "$secure" "${ca[@]}"
check_equal "the pushed digest is the served one (TLS)" "$(cat digest)" \
    "$(served_digest "$SECURE" charts/greeter 1.0.0)"
mkdir secure
check "pull after login" helm pull "$secure/greeter" --version 1.0.0 -d secure "${ca[@]}"
check "the pulled chart is the pushed one (TLS)" cmp greeter-1.0.0.tgz secure/greeter-1.0.0.tgz
check "logout" helm registry logout "$SECURE"
check_refused "pull after logout" 'unauthorized|credential|401' \
    helm pull "$secure/greeter" --version 1.0.0 "${ca[@]}"

finish
