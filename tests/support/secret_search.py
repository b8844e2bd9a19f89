#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for secrets in what a server wrote: those that a test used, in the spellings a request can
carry them in, and whatever has the shape of a token, a key, a hash or a Basic header.

    secret_search.py [--user NAME] FILE... <SECRETS

reads secrets from standard input, one a line, and looks through the files and through all files
below directories; with --user also for the Basic credentials of NAME and each secret. Prints where
something was found, never what. Status 1 then."""

import argparse
import base64
import json
import re
import sys
import urllib.parse
from pathlib import Path

# Shorter ones turn up by chance.
LENGTH_MIN = 6

SHAPES = {
    "a JWT": re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password's hash": re.compile(rb"\$(?:y|7|2[aby]|argon2id|gy)\$[./A-Za-z0-9$]{8,}"),
    "Basic credentials": re.compile(rb"(?i)basic [A-Za-z0-9+/]{8,}"),
    "a Bearer token": re.compile(rb"(?i)bearer [A-Za-z0-9_.-]{8,}"),
}


def spellings(secret):
    raw = secret if isinstance(secret, bytes) else secret.encode()
    found = {raw, urllib.parse.quote(raw).encode(), urllib.parse.quote(raw, safe="").encode(),
             base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    try:
        found.add(json.dumps(raw.decode())[1:-1].encode())
    except UnicodeDecodeError:
        pass
    return found


def basic(name, password):
    """The credentials of a Basic header; a secret like the password itself."""
    return base64.b64encode(f"{name}:{password}".encode()).decode().rstrip("=")


def files_below(paths):
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def findings_in(where, content, secrets):
    """Lines about `content`; `secrets` maps names to secrets."""
    found = []
    for name, secret in secrets.items():
        if len(secret) < LENGTH_MIN:
            raise ValueError(f"{name}: too short to be looked for")
        found += [f"{where}: {name}" for each in spellings(secret) if each in content][:1]
    found += [f"{where}: {name}" for name, shape in SHAPES.items() if shape.search(content)]
    return found


def findings(paths, secrets):
    found = []
    for path in files_below(paths):
        found += findings_in(path, path.read_bytes(), secrets)
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--user")
    arguments.add_argument("files", nargs="+", metavar="FILE")
    given = arguments.parse_args()
    secrets = {}
    for number, line in enumerate(sys.stdin.read().split(), 1):
        secrets[f"secret {number}"] = line
        if given.user:
            secrets[f"secret {number} as Basic credentials"] = basic(given.user, line)
    found = findings(given.files, secrets)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
