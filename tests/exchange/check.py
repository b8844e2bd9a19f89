# SPDX-License-Identifier: Apache-2.0
"""Compares an answer with what a table expects. Answers a list of differences, empty when equal.

A block is the set of headers that an answer carries beside those of its endpoint (README.md):
those of a block are compared with their order, letter case and repetition, and nothing that is in
neither the block nor the case may appear."""

import hashlib

from values import unescape

GUID = "{{:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}}}"
DATE = "{{:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z][a-z] \\d{4} \\d\\d:\\d\\d:\\d\\d GMT}}"
STS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
EXPOSED = [("Access-Control-Expose-Headers", name)
           for name in ("Docker-Content-Digest", "WWW-Authenticate", "Link",
                        "X-Ms-Correlation-Request-Id")]
REQUEST_IDS = [("X-Ms-Request-Id", GUID), ("X-Ms-Client-Request-Id", "{{:.*}}")]
# Sent on some deletes, in some regions, at some times: never required.
OPTIONAL = {"x-ms-ratelimit-remaining-calls-per-second"}
# Headers that have a place of their own inside a block when a case names them.
PLACED = ("Content-Type", "Content-Length", "Www-Authenticate", "Connection")


def front(placed):
    lines = [("Server", "AzureContainerRegistry"), ("Date", DATE)]
    return lines + placed("Content-Type") + placed("Content-Length") + placed("Connection")


def middle(placed):
    return [("Docker-Distribution-Api-Version", "registry/2.0"), STS] + \
        placed("Www-Authenticate") + \
        [("X-Content-Type-Options", "nosniff"), ("X-Ms-Correlation-Request-Id", GUID), STS]


def block_lines(block, placed):
    if block in ("A", "A+", "A?"):
        return front(placed) + EXPOSED + middle(placed)
    if block == "miss":
        return front(placed) + middle(placed)
    if block == "token":
        return front(placed) + [("X-Ms-Correlation-Request-Id", GUID), STS]
    if block == "edge":
        return front(placed) + [STS]
    raise ValueError(f"unknown block {block}")


def differences(values, expected, method, response):
    if response.status != expected.status:
        return [f"status: expected {expected.status}, got {response.status}",
                f"body: {shorten(response.body)}"]
    found = check_named(values, expected, response)
    if expected.block != "any":
        found += check_block(values, expected, method, response)
    return found + check_body(values, expected, method, response)


def check_named(values, expected, response):
    """Each header that the case names, as often as it names it; repeated lines in order."""
    found = []
    for name in dict.fromkeys(name for name, _ in expected.headers):
        wanted = [template for key, template in expected.headers if key == name]
        actual = [value for key, value in response.headers if key == name]
        other = [key for key, _ in response.headers if key.lower() == name.lower() and key != name]
        if other:
            found.append(f"header {name}: spelt {other[0]}")
        elif len(actual) != len(wanted) or not all(
                values.match(w, a.encode("latin-1")) for w, a in zip(wanted, actual)):
            shown = [values.expand(w).decode("latin-1") for w in wanted]
            found.append(f"header {name}: expected {shown}, got {actual}")
    for name in expected.absent:
        if response.all(name):
            found.append(f"header {name}: expected none, got {response.all(name)}")
    return found


def check_block(values, expected, method, response):
    named = {name: template for name, template in expected.headers}

    def placed(name):
        if name in named:
            return [(name, named[name])]
        if name == "Connection" and response.http2:
            return []
        if name == "Connection":
            return [(name, "close" if expected.closes else "keep-alive")]
        if name == "Content-Length" and has_length(expected, method):
            return [(name, "{{:[0-9]+}}")]
        return []

    lines = block_lines(expected.block, placed)
    extra = {name for name in named if name not in PLACED}
    found = []
    if expected.block in ("A+", "A?"):
        found += check_request_ids(values, expected, response)
        extra |= {name for name, _ in REQUEST_IDS}
    actual = [(name, value) for name, value in response.headers
              if name not in extra and name.lower() not in OPTIONAL]
    return found + compare_lines(values, lines, actual)


def has_length(expected, method):
    if expected.status in (204, 304) or any(n == "Transfer-Encoding" for n, _ in expected.headers):
        return False
    return method != "HEAD"


def check_request_ids(values, expected, response):
    found = []
    for name, template in REQUEST_IDS:
        if any(name == key for key, _ in expected.headers):
            continue
        actual = [value for key, value in response.headers if key == name]
        if expected.block == "A?" and not actual:
            continue
        if len(actual) != 1 or not values.match(template, actual[0].encode("latin-1")):
            found.append(f"header {name}: expected once, got {actual}")
    return found


def compare_lines(values, lines, actual):
    found = []
    for position in range(max(len(lines), len(actual))):
        wanted = lines[position] if position < len(lines) else None
        given = actual[position] if position < len(actual) else None
        if wanted is None or given is None or wanted[0] != given[0] or \
                not values.match(wanted[1], given[1].encode("latin-1")):
            value = values.expand(wanted[1]).decode("latin-1") if wanted else ""
            shown = f"{wanted[0]}: {value}" if wanted else "end"
            found.append(f"header line {position + 1}: expected <{shown}>, "
                         f"got <{': '.join(given) if given else 'end'}>")
            found.append("  names on the wire: " + ", ".join(name for name, _ in actual))
            return found
    return found


def check_body(values, expected, method, response):
    if expected.body_sha256 is not None:
        wanted = values.expand(expected.body_sha256).decode()
        algorithm = wanted.split(":")[0]
        found = hashlib.new(algorithm, response.body).hexdigest()
        actual = f"{algorithm}:{found}"
        if actual != wanted:
            return [f"body: expected {wanted}, got {actual} ({len(response.body)} bytes)"]
        return []
    if expected.body is None:
        if expected.block == "any" or method == "HEAD" or not response.body:
            return []
        return [f"body: expected none, got {shorten(response.body)}"]
    wanted = unescape(expected.body.encode())
    if values.match(wanted, response.body):
        return []
    return [f"body: expected {shorten(values.expand(wanted))}",
            f"body:      got {shorten(response.body)}"]


def shorten(content, limit=700):
    text = repr(content[:limit])[1:]
    return text if len(content) <= limit else f"{text}... ({len(content)} bytes)"
