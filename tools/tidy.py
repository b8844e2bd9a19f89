#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of CONTRIBUTING.md that a machine can hold. Prints each violation, then the counts.

usage: tidy.py [ROOT]. A line may be excused by a comment on it: "tidy-ok(rule): reason".
"""
import ast
import os
import re
import sys

import cpp_scan

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
INTERFACE_METHODS_MAX = 8
TEST_NEEDED_ABOVE = 80

# Layer ranks, and which folders a folder's own sources may include.
RANK = {"base": 0, "telemetry": 1, "oci": 1, "io": 2, "http": 3, "db": 3, "blob": 4, "meta": 4,
        "auth": 5, "registry": 5, "api": 6, "app": 7}
MAY_INCLUDE = {
    "base": set(),
    "telemetry": {"base"},
    "oci": {"base"},
    "io": {"telemetry", "base"},
    "http": {"io", "telemetry", "base"},
    "db": {"io", "telemetry", "base"},
    "blob": {"oci", "http", "io", "telemetry", "base"},
    "meta": {"oci", "db", "io", "telemetry", "base"},
    # auth and registry hold a db::Database, which is handed to them; they write no SQL.
    "auth": {"meta", "db", "oci", "io", "telemetry", "base"},
    "registry": {"blob", "meta", "db", "oci", "io", "telemetry", "base"},
    "api": {"http", "registry", "auth", "oci", "io", "telemetry", "base"},
    "app": set(RANK),
}
API_IO_HEADERS = {"io/task.h"}

# Third-party headers and the sources that may see them.
THIRD_PARTY = [
    (r"boost/beast\b", r"src/http/(h1|h2|client)_?[^/]*$",
     "Beast stays in http/h1_*, h2_*, client"),
    (r"nghttp2\b", r"src/http/h2_[^/]*$", "nghttp2 stays in http/h2_*"),
    (r"sqlite3\.h", r"src/(db/sqlite_[^/]*|app/version\.cc)$",
     "sqlite3.h stays in the driver, db/sqlite_*"),
    (r"libpq-fe\.h", r"src/db/postgres_[^/]*$", "libpq-fe.h stays in the driver, db/postgres_*"),
    (r"boost/asio\b", r"src/(io|http|db|app)/", "asio is for io, http, db; see io/task.h"),
    (r"boost/json\b", r"src/(?!base/|io/|db/).*(\.cc|json[^/]*\.h)$",
     "JSON is costly to compile: .cc only"),
    (r"openssl/", r"src/(io/|(oci|auth|db|app)/.*\.cc$)",
     "OpenSSL: io, or .cc of oci, auth, db, app"),
    (r"spdlog\b", r"src/telemetry/", "log through telemetry/log.h"),
    (r"(CLI|toml\+\+)\b", r"src/app/.*\.cc$", "configuration is read in app/*.cc"),
    (r"iostream>", r"src/app/", "log through telemetry/log.h; only app/ prints"),
]

# pattern, where it is allowed (path regex or None), what to write instead
BANNED = [
    (r"\bstd::regex\b", r"_test\.cc$", "a hand-written matcher (std::regex is slow and recursive)"),
    (r"\bstd::(cout|cerr|clog)\b|\b(printf|puts)\s*\(", r"^(src/app|bench)/", "telemetry/log.h"),
    (r"\bstd::endl\b", None, "'\\n'"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.:>])sleep\s*\(", None,
     "a wait on a condition with a deadline"),
    (r"(?<![\w.>])(std::)?system\s*\(|\bpopen\s*\(", None, "a library call"),
    (r"(?<!operator )\bnew\b(?!\s*;)", None, "std::make_unique or std::make_shared"),
    (r"(?<!operator )(?<!= )\bdelete\b", None, "std::unique_ptr"),
    (r"\.detach\s*\(\s*\)|\basio::detached\b", r"src/io/",
     "a joined thread, or the gate-counted spawn of io/"),
    (r"\bgetenv\s*\(", r"src/app/", "a config struct passed to the constructor"),
    (r"\b(strcpy|strcat|sprintf|gets|strtok|rand|srand)\s*\(", None, "the safe counterpart"),
    (r"\busing namespace std\s*;", None, "qualified names"),
    (r"\bGTEST_SKIP\b|\bDISABLED_", None, "a test that runs, or none"),
]
OWNED_NEW = re.compile(r"\bunique_ptr<[^;{}()]*>\s*\w*\(\s*new ")
MARKERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")

# Sources above TEST_NEEDED_ABOVE lines without a test beside them, each with the reason.
WITHOUT_TEST = {
    "src/app/main.cc": "argument dispatch; every black-box test goes through it",
    "src/app/server.cc": "composition root; every black-box test starts it",
    "src/app/command_serve.cc": "start and stop; tests/faults and the exchange tables drive it",
    "src/meta/manifest_removal.cc": "part of manifests.h; manifests_test.cc tests it there",
    "src/db/sqlite_session.cc": "internal; sqlite_database_test.cc tests it through Database",
}

CONDITION = re.compile(r"\b(?:if|while|switch)\b\s*(?:constexpr\s*)?\(")
BY_REFERENCE = re.compile(r"\s*(&\s*\w*|this|)\s*")
TEST_FILE = re.compile(r"(_test|_bench|_fuzz)\.cc$|/testing/|_(contract|testing)\.h$")
SOURCE_SUFFIXES = (".h", ".cc", ".py", ".sh", ".cmake")
NAMED_SOURCES = ("dev", "run", "CMakeLists.txt")
SKIPPED_DIRECTORIES = {".git", "build", "berth-data", "__pycache__", "results", "corpus", ".cache"}


def excused(line, rule):
    return re.search(r"tidy-ok\(" + rule + r"\): \S", line) is not None


def conditions(text):
    """What stands between the parentheses of each if, while and switch, without an initialiser."""
    for head in CONDITION.finditer(text):
        depth, start = 1, head.end()
        for at in range(head.end(), len(text)):
            depth += (text[at] in "([{") - (text[at] in ")]}")
            if depth == 0:
                yield text[start:at]
                break
            if depth == 1 and text[at] == ";":
                start = at + 1


class SourceFile:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        self.lines = self.text.split("\n")
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self.is_cpp = path.endswith((".h", ".cc"))
        parts = path.split("/")
        self.folder = parts[1] if parts[0] == "src" and len(parts) > 2 else None
        self.is_test = TEST_FILE.search(path) is not None
        if self.is_cpp:
            self.code = cpp_scan.blank(self.text)

    def is_source(self):
        return (self.path.endswith(SOURCE_SUFFIXES) or self.path in ("dev", ".ci/run")
                or os.path.basename(self.path) == "CMakeLists.txt")


class Tidy:
    def __init__(self, root):
        self.root = root
        self.files = {path: SourceFile(root, path) for path in sorted(walk(root))}
        self.violations = []

    def report(self, file, line, rule, message):
        if 0 < line <= len(file.lines) and excused(file.lines[line - 1], rule):
            return
        self.violations.append(f"{file.path}:{line}: [{rule}] {message}")

    def run(self):
        for file in self.files.values():
            if file.is_source():
                self.check_size(file)
                self.check_spdx(file)
            self.check_markers(file)
            if file.path.endswith(".md"):
                self.check_title(file)
            if file.path.endswith(".py"):
                self.check_python_functions(file)
            if file.is_cpp:
                self.check_includes(file)
                self.check_banned(file)
                self.check_blocks(file)
            if file.path.startswith("src/") and file.path.endswith(".cc"):
                self.check_listed(file)
                self.check_has_test(file)
        return self.violations

    def check_size(self, file):
        if len(file.lines) > FILE_LINES_MAX:
            self.report(file, 1, "file-size", f"{len(file.lines)} lines, at most {FILE_LINES_MAX}")
        for number, line in enumerate(file.lines, 1):
            if len(line) > COLUMNS_MAX:
                self.report(file, number, "line-length",
                            f"{len(line)} columns, at most {COLUMNS_MAX}")

    def check_spdx(self, file):
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in file.lines[:2]):
            self.report(file, 1, "spdx", "the licence line is missing")
        if file.path.endswith(".h") and "#pragma once" not in file.lines:
            self.report(file, 1, "pragma-once", "header without #pragma once")

    def check_markers(self, file):
        for number, line in enumerate(file.lines, 1):
            marker = MARKERS.search(line)
            if marker:
                self.report(file, number, "marker", f"{marker.group(1)}: do it or open an issue")

    def check_title(self, file):
        fenced, titles = False, []
        for number, line in enumerate(file.lines, 1):
            if line.startswith("```"):
                fenced = not fenced
            elif line.startswith("# ") and not fenced:
                titles.append(number)
        if len(titles) != 1:
            self.report(file, titles[1] if titles[1:] else 1, "title",
                        f"{len(titles)} titles, want one")

    def check_python_functions(self, file):
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.check_function_length(file, node.lineno, node.end_lineno)

    def check_function_length(self, file, first, last):
        if last - first + 1 > FUNCTION_LINES_MAX:
            self.report(file, first, "function-size",
                        f"{last - first + 1} lines, at most {FUNCTION_LINES_MAX}")

    def check_includes(self, file):
        for number, line in enumerate(file.lines, 1):
            own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if own and file.folder:
                self.check_edge(file, number, own.group(1))
            other = re.match(r"\s*#\s*include\s+<(.+)", line)
            if other and file.folder:
                self.check_third_party(file, number, other.group(1))

    def check_edge(self, file, number, target):
        folder = target.split("/")[0]
        if target == "berth_version.h":
            if file.folder != "app":
                self.report(file, number, "include", "the version is known to app/ only")
        elif "/" not in target or folder not in RANK:
            self.report(file, number, "include", f'"{target}": write includes from src/')
        elif folder == file.folder or self.edge_allowed(file, folder, target):
            return
        else:
            self.report(file, number, "include", f"{file.folder}/ must not include {folder}/")

    @staticmethod
    def edge_allowed(file, folder, target):
        if file.is_test:  # a test may assemble anything below its own layer
            return RANK[folder] < RANK[file.folder]
        if file.folder == "api" and folder == "io":
            return target in API_IO_HEADERS
        return folder in MAY_INCLUDE.get(file.folder, set())

    def check_third_party(self, file, number, target):
        for pattern, allowed, message in THIRD_PARTY:
            if re.match(pattern, target) and not file.is_test and not re.search(allowed, file.path):
                self.report(file, number, "third-party", message)

    def check_banned(self, file):
        # A private constructor leaves no way but to hand the new object to its owner at once.
        owned = OWNED_NEW.sub(lambda found: found.group(0).replace("new ", "    "), file.code)
        for number, line in enumerate(owned.split("\n"), 1):
            if line.lstrip().startswith("#"):
                continue
            for pattern, allowed, instead in BANNED:
                found = re.search(pattern, line)
                if found and not (allowed and re.search(allowed, file.path)):
                    self.report(file, number, "banned", f"{found.group(0).strip()}: use {instead}")
        for number, line in enumerate(file.lines, 1):
            if re.search(r"NO" r"LINT(NEXTLINE)?(?!(NEXTLINE)?\([\w.,-]+\): \S)", line):
                self.report(file, number, "banned", "name check and reason: (check): why")

    def check_blocks(self, file):
        scan = cpp_scan.Scanner(file.code)
        for block in scan.blocks:
            if block.kind == "function":
                self.check_function_length(file, block.line, block.last_line)
            if block.kind == "type" and block.pure_virtuals > INTERFACE_METHODS_MAX:
                self.report(file, block.line, "interface-size",
                            f"{block.pure_virtuals} methods, at most {INTERFACE_METHODS_MAX}")
        for statement in scan.statements:
            self.check_co_await(file, statement)

    def check_co_await(self, file, statement):
        if not re.search(r"\bco_await\b", statement.text):
            return
        if statement.braces:
            self.report(file, statement.line, "co-await",
                        "braced initialiser beside co_await: name it first, then move it")
        if any(re.search(r"\bco_await\b", part) for part in conditions(statement.text)):
            self.report(file, statement.line, "co-await",
                        "co_await in a condition: name its value first, "
                        "or in an initialiser: if (const bool m = co_await f(); m)")
        for captures in statement.captures:
            if not all(BY_REFERENCE.fullmatch(item) for item in captures.split(",")):
                self.report(file, statement.line, "co-await",
                            "lambda with a captured value beside co_await: name it, then move it")

    def check_listed(self, file):
        folder = f"src/{file.folder}"
        cmake = self.files.get(f"{folder}/CMakeLists.txt")
        name = os.path.relpath(file.path, folder)
        if cmake is None or not re.search(rf"(?<![\w/.]){re.escape(name)}(?![\w.])", cmake.text):
            self.report(file, 1, "listed", f"not in {folder}/CMakeLists.txt")

    def check_has_test(self, file):
        if file.is_test or len(file.lines) <= TEST_NEEDED_ABOVE or file.path in WITHOUT_TEST:
            return
        if file.path[:-3] + "_test.cc" not in self.files:
            self.report(file, 1, "has-test", f"{len(file.lines)} lines and no "
                        f"{os.path.basename(file.path)[:-3]}_test.cc beside it")


def walk(root):
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if name not in SKIPPED_DIRECTORIES]
        for name in files:
            path = os.path.relpath(os.path.join(directory, name), root)
            if name.endswith(SOURCE_SUFFIXES + (".md",)) or name in NAMED_SOURCES:
                yield path


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..")
    tidy = Tidy(root)
    violations = tidy.run()
    dirty = {violation.split(":")[0] for violation in violations}
    print("\n".join(violations))
    print(f"{len(tidy.files) - len(dirty)} passed, {len(dirty)} failed")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
