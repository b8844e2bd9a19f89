#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the sources of a build directory and ends with "N passed, N failed".

usage: clang_tidy.py BUILD_DIRECTORY [PATH_FRAGMENT...]
A source that passed is not looked at again until it, a header of ours that it includes, its compile
command or .clang-tidy changes (stamps in build/clang-tidy). Tests and fuzz targets are left out:
GoogleTest's macros cost time and find nothing.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
SOURCES = os.path.join(ROOT, "src")
STAMPS = os.path.join(ROOT, "build", "clang-tidy")
PROGRAM = "clang-tidy-19"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def closure(path, seen):
    """Adds path and every header of ours it reaches to seen."""
    if path in seen:
        return
    seen.add(path)
    for name in re.findall(rb'^\s*#\s*include\s+"([^"]+)"', read(path), re.MULTILINE):
        header = os.path.join(SOURCES, name.decode())
        if os.path.exists(header):
            closure(header, seen)


def stamp_of(entry, settings):
    digest = hashlib.sha256(settings)
    digest.update(entry["command"].encode())
    files = set()
    closure(entry["file"], files)
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + read(path) + b"\0")
    return os.path.join(STAMPS, digest.hexdigest())


def check(build, path):
    return subprocess.run([PROGRAM, "--quiet", "-p", build, path], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def wanted(path, fragments):
    if not path.startswith(SOURCES) or re.search(r"_(test|fuzz|bench)\.cc$", path):
        return False
    return not fragments or any(fragment in path for fragment in fragments)


def main(build, fragments):
    os.makedirs(STAMPS, exist_ok=True)
    version = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, check=True).stdout
    settings = version + read(os.path.join(ROOT, ".clang-tidy"))
    entries = json.loads(read(os.path.join(build, "compile_commands.json")))
    entries = [entry for entry in entries if wanted(entry["file"], fragments)]
    stamps = {entry["file"]: stamp_of(entry, settings) for entry in entries}
    todo = [path for path, stamp in stamps.items() if not os.path.exists(stamp)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, run in zip(todo, pool.map(lambda path: check(build, path), todo)):
            if run.returncode == 0:
                open(stamps[path], "w", encoding="utf-8").close()
            else:
                failed += 1
                print(f"{os.path.relpath(path, ROOT)}:\n{run.stdout}", flush=True)
    print(f"{len(stamps) - len(todo)} unchanged since they passed")
    print(f"{len(stamps) - failed} passed, {failed} failed")
    return 1 if failed or not stamps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
