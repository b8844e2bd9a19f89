# SPDX-License-Identifier: Apache-2.0
"""Reads an exchange table (format: README.md beside this file) into cases."""

from dataclasses import dataclass, field


class TableProblem(Exception):
    pass


@dataclass
class Expected:
    status: int
    block: str = "any"
    headers: list = field(default_factory=list)  # (name, template)
    absent: list = field(default_factory=list)
    body: str = None  # template; None: no body (or, in block `any`, not looked at)
    body_sha256: str = None
    closes: bool = False
    malformed: bool = False  # HTTP/2 resets the stream


@dataclass
class Exchange:
    line: int
    request_line: str = None
    headers: list = field(default_factory=list)
    pieces: list = field(default_factory=list)  # body, one template per `>=` line
    raw: str = None  # sent as it is, instead of all the above
    expected: list = field(default_factory=list)


@dataclass
class Let:
    line: int
    name: str
    value: str


@dataclass
class Same:
    line: int
    value: str
    template: str


@dataclass
class Manage:
    """A management command on the data of the table's server, while that runs."""

    line: int
    words: str
    name: str = None  # of the variable that takes the JSON it prints
    fails: bool = False


@dataclass
class Case:
    name: str
    line: int
    steps: list = field(default_factory=list)

    def is_http1(self):
        """It sends text of its own, which is HTTP/1.1: how that is written is what it tests."""
        return any(isinstance(step, Exchange) and step.raw is not None for step in self.steps)


@dataclass
class Table:
    path: object
    options: str = ""
    steps: list = field(default_factory=list)  # Let, Manage and Case, in order


CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "bytes": "application/octet-stream",
}


def read_table(path):
    return Reader(path).read()


class Reader:
    def __init__(self, path):
        self.table = Table(path)
        self.case = None
        self.number = 0

    def read(self):
        for self.number, line in enumerate(self.table.path.read_text().splitlines(), 1):
            self._line(line)
        return self.table

    def _line(self, line):
        if line.startswith("# server:"):
            self.table.options = line[len("# server:"):].strip()
        elif not line.strip() or line.startswith("#"):
            return
        elif line.startswith("case "):
            self.case = Case(line[5:].strip(), self.number)
            self.table.steps.append(self.case)
        elif line.startswith("let "):
            name, _, value = line[4:].partition("=")
            let = Let(self.number, name.strip(), value.strip())
            (self.case or self.table).steps.append(let)
        elif line.startswith(("$ ", "$! ")):
            (self.case or self.table).steps.append(self._manage(line))
        elif line.startswith("? ") and self.case:
            value, _, template = line[2:].partition(" = ")
            self.case.steps.append(Same(self.number, value.strip(), template.strip()))
        elif line.startswith(">"):
            self._request(line[1:])
        elif line.startswith("<"):
            self._response(line[1:])
        else:
            self._problem("line starts with none of: case let $ ? > <")

    def _manage(self, line):
        mark, _, words = line.partition(" ")
        name, equals, rest = words.partition(" = ")
        if equals and name.isidentifier():
            return Manage(self.number, rest.strip(), name, mark == "$!")
        return Manage(self.number, words.strip(), None, mark == "$!")

    def _problem(self, text):
        raise TableProblem(f"{self.table.path.name}:{self.number}: {text}")

    def _exchange(self):
        """The exchange whose request is being read; a new one after a response."""
        if self.case is None:
            self._problem("request outside a case")
        last = self.case.steps[-1] if self.case.steps else None
        if not isinstance(last, Exchange) or last.expected:
            last = Exchange(self.number)
            self.case.steps.append(last)
        return last

    def _request(self, line):
        exchange = self._exchange()
        if line.startswith(">"):
            exchange.raw = (exchange.raw or "") + line[1:].lstrip(" ")
        elif line.startswith("="):
            exchange.pieces.append(line[1:].removeprefix(" "))
        elif exchange.request_line is None:
            exchange.request_line = line.strip()
        else:
            name, _, value = line.strip().partition(":")
            exchange.headers.append((name, value.strip()))

    def _response(self, line):
        exchange = self.case.steps[-1] if self.case and self.case.steps else None
        if not isinstance(exchange, Exchange):
            self._problem("response without a request")
        words = line.split()
        if words and words[0].isdigit():
            exchange.expected.append(self._status(words))
            return
        if not exchange.expected:
            self._problem("response line before the status")
        self._detail(exchange.expected[-1], line)

    def _status(self, words):
        expected = Expected(int(words[0]))
        for word in words[1:]:
            if word in CONTENT_TYPES:
                expected.headers.append(("Content-Type", CONTENT_TYPES[word]))
            elif word in ("closes", "malformed"):
                setattr(expected, word, True)
            else:
                expected.block = word
        return expected

    def _detail(self, expected, line):
        if line.startswith("="):
            expected.body = (expected.body or "") + line[1:].removeprefix(" ")
        elif line.startswith("#"):
            expected.body_sha256 = line[1:].strip()
        elif line.startswith("!"):
            expected.absent.append(line[1:].strip())
        else:
            name, _, value = line.strip().partition(":")
            expected.headers.append((name, value.strip()))
