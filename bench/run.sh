#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [--quick] [--rounds N]: Berth beside Debian's docker-registry and nginx, in one run.
# run.sh metadata [--quick] [--rounds N]: lists and tags at 1,000 and at a million entries.
# run.sh sign-in [--quick] [--rounds N]: tokens, and requests beside many sign-ins.
# Prints a Markdown table and keeps it, with the numbers as JSON, in bench/results/. Needs an idle
# machine and about 5 GiB in the temporary directory (TMPDIR); everything it starts it stops.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=run.py
case ${1:-} in
    metadata) program=metadata.py && shift ;;
    sign-in) program=sign_in.py && shift ;;
esac
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
g++ -std=c++23 -O2 -o "$tools/load" "$here/load.cc"
python3 "$here/$program" --load "$tools/load" "$@"
