#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All checks that need no test run. Called by ./dev lint; ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
steps_logs=build/logs/lint
. tools/steps.sh

check_format() {
    tools/cpp_files.sh | xargs -0 clang-format-19 --dry-run -Werror
}

# Headers compile alone, with clang's eyes; this also leaves the database clang-tidy reads.
check_headers() {
    cmake --preset clang19 >/dev/null &&
        cmake --build build/clang19 --target berth_version_header all_verify_interface_header_sets
}

step "tidy" python3 tools/tidy.py
step "errors page" python3 tools/errors_doc.py --check
step "clang-format" check_format
step "headers compile alone" check_headers
step "clang-tidy" python3 tools/clang_tidy.py build/clang19
finish_steps
