#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/errors.md from base/error.h (order, groups) and api/error_response.cc (answers).

usage: errors_doc.py          rewrites the page
       errors_doc.py --check  exit status 1 when the page is not what would be written
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "errors.md"
INTRODUCTION = """\
# Errors

Every failure inside Berth is an `Errc` (src/base/error.h). src/api/error_response.cc alone turns
it into an answer: a status and, as JSON,
`{"errors":[{"code":"...","message":"...","detail":...}]}` with a final newline.

- The text is the default; where a handler knows better (which tag, which limit) it says so
  instead. `detail` is left out when there is nothing to add. `manifest_blob_unknown` has one entry
  per missing digest.
- A 401 also carries a Bearer challenge, and as `detail` the scopes the request needs. The three
  about tokens say so in the challenge's `error`. A right that is missing is a 401 too, as Azure
  Container Registry has it.
- The token endpoints answer 400 and 413 without a body, and 401 without a challenge: with a body
  for a password, without one for a token.
- 429, 503 and 507 carry `Retry-After` in seconds: 1, or after wrong passwords what is left of the
  wait. [limits.md](limits.md) says which limit is answered how.
- Answers of 500 and above are logged as `request_failed` with the correlation id of the answer's
  `X-Ms-Correlation-Request-Id`, the place in the source and a detail that clients never see.
- A path that no route matches is not an error of this table: `404 page not found` as plain text
  below `/v2`, `/acr/` and `/oauth2/`, `Not found` elsewhere. A known path with another method is
  `unsupported` with an `Allow` header.
- A request head that breaks HTTP is answered before there is a request, with code `BAD_REQUEST`:
  400, 414 (target too long), 417, 431 (head too large) or 505; the connection is closed then.

This page is written by `tools/errors_doc.py`. Edit the sources, then run it.
"""


def groups():
    """(heading, [name...]) as the enumeration's comments divide it."""
    text = (ROOT / "src/base/error.h").read_text(encoding="utf-8")
    body = re.search(r"enum class Errc[^{]*\{(.*?)\};", text, re.DOTALL).group(1)
    found = []
    for line in filter(None, map(str.strip, body.split("\n"))):
        if line.startswith("//"):
            found.append((line[2:].strip(), []))
        else:
            found[-1][1].append(line.rstrip(","))
    return found


def answers():
    """name -> (status, code, text)."""
    text = (ROOT / "src/api/error_response.cc").read_text(encoding="utf-8")
    string = r'"((?:[^"\\]|\\.)*)"'
    shared = dict(re.findall(r'string_view (k\w+) =\s*' + string, text))
    rows = re.findall(r'\{Errc::(\w+),\s*(\d+),\s*"(\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*|k\w+)+)\}',
                      text)
    return {name: (status, code, shared.get(message) or "".join(re.findall(string, message)))
            for name, status, code, message in rows}


def render():
    table, parts = answers(), [INTRODUCTION]
    for heading, names in groups():
        parts.append(f"\n## {heading[0].upper()}{heading[1:]}\n\n"
                     "| Errc | status | code | text |\n|---|---|---|---|\n")
        parts += ["| `{}` | {} | `{}` | {} |\n".format(name, *table[name]) for name in names]
    return "".join(parts)


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    page = render()
    if not arguments:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/errors.md is not up to date: run tools/errors_doc.py")


if __name__ == "__main__":
    main(sys.argv[1:])
