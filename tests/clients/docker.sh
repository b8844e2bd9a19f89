#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# docker: the engine (a daemon of our own) and its command line: login, push, pull, run, build on
# an image of the registry, layers mounted from another repository, manifest lists.
#
# The engine takes every registry on 127.0.0.0/8 as insecure and then does not verify its
# certificate; verification is shown with the clients that do it everywhere.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=$(dockerd --version | cut -d ' ' -f 3 | cut -d + -f 1)
start_servers

export DOCKER_BUILDKIT=0
mkdir cli
dockerd --data-root "$T/root" --exec-root "$T/exec" --pidfile "$T/pid" -H "unix://$T/d.sock" \
    --storage-driver vfs --bridge none --iptables=false --ip6tables=false --ip-forward=false \
    --ip-masq=false --exec-opt native.cgroupdriver=cgroupfs >dockerd.log 2>&1 &
daemon=$!

docker() {
    command docker --config "$T/cli" -H "unix://$T/d.sock" "$@"
}

daemon_answers() {
    for _ in {1..200}; do
        docker info && return
        sleep 0.1
    done
    cat dockerd.log
    return 1
}

image_id() {
    docker image inspect --format '{{.Id}}' "$1"
}

# push IMAGE: leaves the digest that docker reports in the file `digest`.
push() {
    docker push "$1" | tee push.log && sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p' push.log \
        >digest
}

run() {
    docker run --rm --network none "$@"
}

check "dockerd starts" daemon_answers

# Pull and run what another client pushed.
check "put an image on the server" seed "$APP" team/app:v1
check "pull it" docker pull "$PLAIN/team/app:v1"
check_equal "its id is the digest of the pushed config" "$(layout_config "$APP")" \
    "$(image_id "$PLAIN/team/app:v1")"
check_equal "run it" "hello from the registry" "$(run "$PLAIN/team/app:v1")"
check_refused "pull a tag that is not there" 'manifest unknown|not found' \
    docker pull "$PLAIN/team/app:nothing"

# Build, push, pull back.
mkdir context && cp /bin/busybox context/
cat >context/Dockerfile <<'END'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN echo built here >/built
CMD ["/bin/cat", "/built"]
END
check "build an image" docker build --network none -t "$PLAIN/mine/built:1" context
check "push it" push "$PLAIN/mine/built:1"
check_equal "the pushed digest is the served one" "$(cat digest)" \
    "$(served_digest "$PLAIN" mine/built 1)"
check_equal "it is stored as v2s2" application/vnd.docker.distribution.manifest.v2+json \
    "$(served_media_type mine/built 1)"
built=$(image_id "$PLAIN/mine/built:1")
check_equal "its config is the image id" "$built" \
    "$(served "$PLAIN" mine/built/manifests/1 | jq -r .config.digest)"
check "push it again" push "$PLAIN/mine/built:1"
check "remove it" docker rmi -f "$built"
check "pull it back" docker pull "$PLAIN/mine/built:1"
check_equal "it has the same id" "$built" "$(image_id "$PLAIN/mine/built:1")"
check_equal "run it after pulling" "built here" "$(run "$PLAIN/mine/built:1")"
check "remove it again" docker rmi -f "$built"
check "pull it by digest" docker pull "$PLAIN/mine/built@$(cat digest)"
check_equal "it has the same id (digest)" "$built" "$(image_id "$PLAIN/mine/built@$(cat digest)")"

# The layers of an image just pulled are mounted from its repository, not sent.
check "tag it for another repository" \
    docker tag "$PLAIN/mine/built@$(cat digest)" "$PLAIN/other/built:1"
check "push it there" push "$PLAIN/other/built:1"
check "its layers are mounted" grep -q 'Mounted from mine/built' push.log
check_equal "the copy is the same image" "$(served_digest "$PLAIN" mine/built 1)" \
    "$(served_digest "$PLAIN" other/built 1)"
mkdir derived && printf 'FROM %s/other/built:1\nRUN echo more >/more\n' "$PLAIN" \
    >derived/Dockerfile
check "build on an image of the registry" docker build --network none --pull \
    -t "$PLAIN/mine/derived:1" derived
check "push the derived image" push "$PLAIN/mine/derived:1"
check_equal "run the derived image" more "$(run "$PLAIN/mine/derived:1" cat /more)"

# An index pushed by another client, and a manifest list made by docker itself.
check "put an index on the server" seed "$MULTI" team/multi:v1
for number in 0 1; do
    architecture=$(jq -r ".manifests[$number].platform.architecture" "$(layout_manifest "$MULTI")")
    child=$(jq -r ".manifests[$number].digest" "$(layout_manifest "$MULTI")")
    check "pull the image for $architecture" \
        docker pull --platform "linux/$architecture" "$PLAIN/team/multi:v1"
    check_equal "its id is the one for $architecture" \
        "$(jq -r .config.digest "$MULTI/blobs/sha256/${child#sha256:}")" \
        "$(image_id "$PLAIN/team/multi:v1")"
done
list=$PLAIN/mine/list:1
check "make a manifest list" docker manifest create --insecure "$list" \
    "$PLAIN/mine/built:1" "$PLAIN/mine/derived:1"
check "push the manifest list" docker manifest push --insecure "$list"
check_equal "the manifest list is the served one" "$(tail -n 1 "$T/log")" \
    "$(served_digest "$PLAIN" mine/list 1)"
check_equal "it is stored as manifest list" \
    application/vnd.docker.distribution.manifest.list.v2+json "$(served_media_type mine/list 1)"
check "inspect the manifest list" docker manifest inspect --insecure "$list"
check "pull it from the list" docker pull "$list"
check_equal "the list gives the first image" "$built" "$(image_id "$list")"

# With a password over TLS.
secure=$SECURE/team/built:1
check "name the image for the other server" docker tag "$PLAIN/other/built:1" "$secure"
check_refused "push without a password" 'no basic auth|unauthorized|authentication required' \
    docker push "$secure"
check_refused "login with a wrong password" 'unauthorized|authentication required' \
    docker login -u "$USER_NAME" -p wrong "$SECURE"
login() {
    docker login -u "$USER_NAME" --password-stdin "$SECURE" <<<"$PASSWORD"
}
check "login" login
check "push after login" push "$secure"
check_equal "the pushed digest is the served one (TLS)" "$(cat digest)" \
    "$(served_digest "$SECURE" team/built 1)"
check "remove the image" docker rmi "$secure"
check "pull after login" docker pull "$secure"
check_equal "the pulled image is the pushed one (TLS)" "$built" "$(image_id "$secure")"
check "logout" docker logout "$SECURE"
# Refused over https, the engine tries http (an insecure registry) and tells of that instead.
check_refused "pull after logout" 'no basic auth|unauthorized|authentication required|reset|EOF' \
    docker pull "$secure"

# Where anybody may read: pull without a password, push with one.
start_server public --anonymous read
public=$address/team/built:1
password=$(cat "$SERVERS/public/admin-password")
public_login() {
    docker login -u "$USER_NAME" --password-stdin "$address" <<<"$password"
}
check "name the image for the public server" docker tag "$PLAIN/other/built:1" "$public"
check_refused "anonymous read: push without a password" \
    'no basic auth|unauthorized|authentication required|denied' docker push "$public"
check "anonymous read: login" public_login
check "anonymous read: push after login" push "$public"
check "anonymous read: logout" docker logout "$address"
check "anonymous read: remove the image" docker rmi "$public"
check "anonymous read: pull without a password" docker pull "$public"
check_equal "anonymous read: the pulled image is the pushed one" "$built" "$(image_id "$public")"

stop_daemon() {
    kill -TERM "$daemon" && wait "$daemon"
}
check "dockerd stops" stop_daemon
finish
