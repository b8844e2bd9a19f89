#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Berth beside Debian's docker-registry and nginx, in one run: run.sh [--quick] [--rounds N]
# Prints a Markdown table and keeps it, with the numbers as JSON, in bench/results/. Needs an idle
# machine and about 5 GiB in the temporary directory (TMPDIR); everything it starts it stops.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
g++ -std=c++23 -O2 -o "$tools/load" "$here/load.cc"
python3 "$here/run.py" --load "$tools/load" "$@"
