#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [--quick] [--rounds N] [GROUP[:TEXT]...]: Berth beside its peers; docs/benchmarks.md.
# run.sh metadata [--quick] [--rounds N]: every list of the metadata API, writes and deletions.
# run.sh sign-in [--quick] [--rounds N]: tokens, and requests beside many sign-ins.
# Prints a summary and keeps the tables, with the numbers as JSON, in bench/results/. Needs an idle
# machine and 50 GiB in the temporary directory (TMPDIR), 10 GiB with --quick; everything it starts
# it stops. Exit code 1 if a row failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=run.py
case ${1:-} in
    metadata) program=metadata.py && shift ;;
    sign-in) program=sign_in.py && shift ;;
    *) "$here/install_peers.sh" "$here/../build/tools/bench" ;;
esac
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
g++ -std=c++23 -O2 -o "$tools/load" "$here/load.cc"
# Of its own: a build meanwhile must not change what is measured.
cp "${BERTH_BINARY:-$here/../build/release/berth}" "$tools/berth"
BERTH_BINARY=$tools/berth python3 "$here/$program" --load "$tools/load" "$@"
