#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install.sh DIRECTORY: the SDK's jars into DIRECTORY/lib, the compiled tests into
# DIRECTORY/classes. Maven keeps what it fetched in m2 beside DIRECTORY and needs no network the
# second time. One processor at low priority: parallel garbage collection would take them all.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
target=$(cd "$1" && pwd)
export MAVEN_OPTS="-XX:+UseSerialGC -XX:ActiveProcessorCount=1 -XX:TieredStopAtLevel=1"

if ! cmp -s "$here/pom.xml" "$target/installed"; then
    rm -rf -- "${target:?}/lib" "$target/installed" "$target/classes"
    nice -n 15 mvn -B -q -f "$here/pom.xml" -Dmaven.repo.local="$(dirname "$target")/m2" \
        dependency:copy-dependencies -DoutputDirectory="$target/lib"
    cp "$here/pom.xml" "$target/installed"
fi
newer=$(find "$here" -newer "$target/classes" -print -quit 2>/dev/null || true)
if [ ! -d "$target/classes" ] || [ -n "$newer" ]; then
    rm -rf -- "$target/classes" "$target/compiling"
    mkdir "$target/compiling"
    nice -n 15 javac -J-XX:+UseSerialGC -Xlint:all,-classfile,-processing -Werror -encoding UTF-8 \
        --release 17 -cp "$target/lib/*" -d "$target/compiling" "$here"/*.java
    mv "$target/compiling" "$target/classes"
fi
