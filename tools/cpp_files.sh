#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C++ file of the tree, NUL-separated.
cd "$(dirname "$0")/.." && find src cmake bench -name '*.h' -print0 -o -name '*.cc' -print0
