# SPDX-License-Identifier: Apache-2.0
"""Values of the exchange tables: `${...}` expansion, `{{...}}` patterns and escapes.

Everything is bytes. `${name}` is a variable, `${function argument...}` a helper of HELPERS; an
argument that names a variable stands for its value, any other for itself."""

import base64
import hashlib
import json
import re
from urllib.parse import quote

ESCAPE = re.compile(rb"\\(n|r|t|0|\\|x[0-9a-fA-F]{2})")
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
EXPANSION = re.compile(rb"\$\{([^{}]*)\}")
# A pattern ends at the last two of several closing braces: a regular expression may end in one.
PATTERN = re.compile(rb"\{\{([a-z_0-9]*)(?::(.*?))?\}\}(?!\})", re.DOTALL)


class ValueProblem(Exception):
    pass


def unescape(text):
    """`\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\xHH`; any other backslash stays (JSON has its own)."""
    def replace(found):
        word = found.group(1)
        return bytes([int(word[1:], 16)]) if word[:1] == b"x" else PLAIN[word]
    return ESCAPE.sub(replace, text)


def deterministic(size, seed):
    """`size` bytes that look random and depend on `seed` alone."""
    return hashlib.shake_256(b"berth" + seed).digest(size)


def hashed(algorithm, content):
    return algorithm.encode() + b":" + hashlib.new(algorithm, content).hexdigest().encode()


def tag_parameters(first, last):
    """`tag=t001&tag=t002...`"""
    return b"&".join(b"tag=t%03d" % number for number in range(int(first), int(last) + 1))


def jwt_part(token, number):
    """The JSON text of a token's header (0) or claims (1)."""
    part = token.split(b".")[int(number)]
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def jwt_encoded(text):
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def json_member(document, path):
    """The text, number or whatever at `passwords.0.password` of a JSON document."""
    value = json.loads(document)
    for step in path.decode().split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


HELPERS = {
    b"sha256": lambda content: hashed("sha256", content),
    b"sha512": lambda content: hashed("sha512", content),
    b"hex": lambda digest: digest.split(b":")[1],
    b"size": lambda content: str(len(content)).encode(),
    b"sum": lambda *numbers: str(sum(map(int, numbers))).encode(),
    b"slice": lambda content, first, end: content[int(first):int(end)],
    b"bytes": lambda size, seed=b"": deterministic(int(size), seed),
    b"fill": lambda content, size: content + b"a" * (int(size) - len(content)),
    b"repeat": lambda text, count: text * int(count),
    b"basic": lambda user, secret: b"Basic " + base64.b64encode(user + b":" + secret),
    b"percent": lambda text: quote(text, safe="").encode(),
    b"slashes": lambda text: text.replace(b"/", b"%2F").replace(b":", b"%3A"),
    b"tags": tag_parameters,
    b"jwt_part": jwt_part,
    b"jwt_encoded": jwt_encoded,
    b"json": json_member,
    b"path": lambda location: location.split(b"?")[0],
}


class Values:
    def __init__(self, **start):
        self.helpers = dict(HELPERS)
        self.known = {name.encode(): value for name, value in start.items()}

    def set(self, name, value):
        self.known[name.encode() if isinstance(name, str) else name] = value

    def expand(self, text):
        """Replaces every `${...}`; innermost first, so helpers may be nested."""
        if isinstance(text, str):
            text = text.encode()
        held = []

        def replace(found):
            # What a helper answers may itself contain `${`: it is set aside until the end.
            held.append(self._evaluate(found.group(1), held))
            return b"\x00%d\x00" % (len(held) - 1)
        while True:
            replaced = EXPANSION.sub(replace, text)
            if replaced == text:
                return re.sub(rb"\x00(\d+)\x00", lambda f: held[int(f.group(1))], text)
            text = replaced

    def _evaluate(self, expression, held):
        words = [self._word(word, held) for word in expression.split()]
        if not words:
            raise ValueProblem("empty ${}")
        name = expression.split()[0]
        if name in self.helpers and len(words) > 1:
            return self.helpers[name](*words[1:])
        if name not in self.known:
            raise ValueProblem(f"unknown variable {name.decode(errors='replace')}")
        return self.known[name]

    def _word(self, word, held):
        placed = re.fullmatch(rb"\x00(\d+)\x00", word)
        if placed:
            return held[int(placed.group(1))]
        return self.known.get(word, word)

    def match(self, template, actual):
        """Compares with an expected text that may hold `{{name:regex}}`; takes what it captures."""
        template = self.expand(template)
        if not PATTERN.search(template):
            return template == actual
        expression, names, position = b"", [], 0
        for found in PATTERN.finditer(template):
            expression += re.escape(template[position:found.start()])
            expression += b"(" + (found.group(2) or b".+") + b")"
            names.append(found.group(1))
            position = found.end()
        expression += re.escape(template[position:])
        matched = re.fullmatch(expression, actual, re.DOTALL)
        if matched:
            for name, value in zip(names, matched.groups()):
                if name:
                    self.known[name] = value
        return bool(matched)
