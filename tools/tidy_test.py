#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that each rule of tidy.py can fail and that correct code passes. Ends with the counts."""
import os
import sys
import tempfile
import unittest

import tidy

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
CMAKE = "# SPDX-License-Identifier: Apache-2.0\n"


def violations(files):
    """Runs tidy over a tree of path -> text."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return tidy.Tidy(root).run()


def rules_of(path, text, more=()):
    """The rules that a single source breaks, with a CMakeLists.txt that lists it."""
    folder = "/".join(path.split("/")[:2])
    files = {folder + "/CMakeLists.txt": CMAKE + os.path.relpath(path, folder) + "\n", path: text}
    found = violations({**files, **dict(more)})
    return sorted({line.split("[")[1].split("]")[0] for line in found})


def body(statement):
    return SPDX + "Task<void> f() {\n    " + statement + "\n}\n"


class Layout(unittest.TestCase):
    def test_clean_file(self):
        self.assertEqual(rules_of("src/base/a.cc", SPDX + '#include "base/b.h"\nint f() {}\n'), [])

    def test_spdx(self):
        self.assertEqual(rules_of("src/base/a.cc", "int x;\n"), ["spdx"])

    def test_pragma_once(self):
        self.assertEqual(rules_of("src/base/a.h", SPDX), ["pragma-once"])

    def test_long_file(self):
        self.assertEqual(rules_of("src/base/a.h", SPDX + "#pragma once\n" + "int x;\n" * 499),
                         ["file-size"])
        self.assertEqual(rules_of("src/base/a.h", SPDX + "#pragma once\n" + "int x;\n" * 498), [])

    def test_long_line(self):
        self.assertEqual(rules_of("src/base/a.cc", SPDX + "//" + "x" * 99 + "\n"), ["line-length"])
        self.assertEqual(rules_of("src/base/a.cc", SPDX + "//" + "x" * 98 + "\n"), [])

    def test_long_function(self):
        def function(lines):
            return SPDX + "int C::f(int a) const {\n" + "    g();\n" * (lines - 2) + "}\n"
        more = {"src/base/a_test.cc": SPDX, "src/base/CMakeLists.txt": CMAKE + "a.cc a_test.cc\n"}
        self.assertEqual(rules_of("src/base/a.cc", function(71), more), ["function-size"])
        self.assertEqual(rules_of("src/base/a.cc", function(70), more), [])

    def test_long_python_function(self):
        text = "# SPDX-License-Identifier: Apache-2.0\ndef f():\n" + "    pass\n" * 70
        self.assertEqual(rules_of("src/base/a.py", text), ["function-size"])

    def test_interface(self):
        def interface(methods):
            return (SPDX + "#pragma once\nclass A {\npublic:\n"
                    + "    virtual void f() = 0;\n" * methods + "};\n")
        self.assertEqual(rules_of("src/base/a.h", interface(9)), ["interface-size"])
        self.assertEqual(rules_of("src/base/a.h", interface(8)), [])

    def test_listed(self):
        found = violations({"src/base/CMakeLists.txt": CMAKE + "other_a.cc\n",
                              "src/base/a.cc": SPDX})
        self.assertEqual(len(found), 1)
        self.assertIn("[listed]", found[0])

    def test_has_test(self):
        text = SPDX + "int x;\n" * 80
        self.assertEqual(rules_of("src/base/a.cc", text), ["has-test"])
        self.assertEqual(rules_of("src/base/a.cc", SPDX + "int x;\n" * 79), [])

    def test_markers(self):
        self.assertEqual(rules_of("src/base/a.cc", SPDX + "// TO" "DO later\n"), ["marker"])

    def test_markdown_titles(self):
        self.assertEqual(violations({"docs/a.md": "# One\n```\n# shell\n```\n"}), [])
        self.assertEqual(len(violations({"docs/a.md": "# One\n# Two\n"})), 1)
        self.assertEqual(len(violations({"docs/a.md": "text\n"})), 1)


class Includes(unittest.TestCase):
    def test_edge(self):
        for path, target, allowed in [
                ("src/base/a.cc", "oci/digest.h", False), ("src/io/a.cc", "oci/digest.h", False),
                ("src/meta/a.cc", "db/sql.h", True), ("src/meta/a.cc", "blob/blob_store.h", False),
                ("src/registry/a.cc", "http/m.h", False), ("src/auth/a.cc", "http/m.h", False),
                ("src/registry/a.cc", "db/sql.h", True), ("src/oci/a.cc", "db/sql.h", False),
                ("src/api/a.cc", "io/task.h", True), ("src/api/a.cc", "io/file.h", False),
                ("src/api/a_test.cc", "meta/tags.h", True), ("src/app/a.cc", "db/sql.h", True),
                ("src/oci/a_test.cc", "telemetry/log.h", False), ("src/base/a.cc", "b.h", False)]:
            with self.subTest(path=path, target=target):
                text = SPDX + f'#include "{target}"\n'
                self.assertEqual(rules_of(path, text), [] if allowed else ["include"])

    def test_third_party(self):
        for path, target, allowed in [
                ("src/http/h1_connection.cc", "boost/beast/http.hpp", True),
                ("src/http/router.cc", "boost/beast/http.hpp", False),
                ("src/db/sqlite_writer.cc", "sqlite3.h", True),
                ("src/meta/tags.cc", "sqlite3.h", False),
                ("src/oci/manifest.cc", "boost/json.hpp", True),
                ("src/oci/manifest.h", "boost/json.hpp", False),
                ("src/api/a.cc", "boost/asio/awaitable.hpp", False),
                ("src/app/a.cc", "toml++/toml.h", True),
                ("src/http/a.cc", "spdlog/spdlog.h", False),
                ("src/http/a.cc", "iostream", False)]:
            with self.subTest(path=path, target=target):
                text = SPDX + "#pragma once\n" + f"#include <{target}>\n"
                self.assertEqual(rules_of(path, text), [] if allowed else ["third-party"])


class Words(unittest.TestCase):
    def test_banned(self):
        for line in ["std::regex r;", "std::cout << 1;", "x << std::endl;", "system(command);",
                     "std::this_thread::sleep_for(s);", "auto* p = new T();", "delete p;",
                     "f(p.get(), new T());",
                     "thread.detach();", "getenv(name);", "GTEST_SKIP();", "sleep(1);",
                     "using namespace std;", "x();  // NO" "LINT",
                     "x();  // NO" "LINT(bugprone-x)"]:
            with self.subTest(line=line):
                self.assertEqual(rules_of("src/http/a.cc", body(line)), ["banned"])

    def test_not_banned(self):
        for line in ["S(const S&) = delete;", 'log("std::cout new");', "// a new delete",
                     "file_system(x);", "new_size = 1;",
                     "std::unique_ptr<T> owner(\n        new T(1));", "a.system(1);",
                     "x();  // NO" "LINT(bugprone-x): the library asks for it"]:
            with self.subTest(line=line):
                self.assertEqual(rules_of("src/http/a.cc", body(line)), [])

    def test_allowed_in_app(self):
        self.assertEqual(rules_of("src/app/a.cc", body("std::cout << 1;")), [])
        self.assertEqual(violations({"bench/load.cc": body('std::printf("x");')}), [])

    def test_excuse_needs_a_reason(self):
        bare = "delete p;  // tidy-ok(banned):"
        self.assertEqual(rules_of("src/io/a.cc", body(bare + " C API")), [])
        self.assertEqual(rules_of("src/io/a.cc", body(bare)), ["banned"])


class CoAwait(unittest.TestCase):
    def rules(self, statement):
        return rules_of("src/io/a.cc", body(statement))

    def test_hazards(self):
        for statement in ["co_await g(Options{.a = b});", "co_return Pair{co_await g(), 1};",
                          "auto x = co_await g({a, b});", "co_await g([x] { h(x); });",
                          "co_await g(std::function<void()>([p = std::move(p)]() { h(p); }));",
                          "BERTH_CO_TRY(auto x, co_await g(A{1}));",
                          "if (auto r = co_await g(A{1}); r) {\n        h();\n    }",
                          "co_await g([=](int a) -> int { return a + b; });"]:
            with self.subTest(statement=statement):
                self.assertEqual(self.rules(statement), ["co-await"])

    def test_conditions(self):
        for statement in ["if (co_await g()) {\n        h();\n    }", "if (!co_await g()) h();",
                          "if (a) {\n        h();\n    } else if (co_await g()) {\n    }",
                          "while (a && co_await g(x)) {\n    }", "if (auto r = co_await g()) h();",
                          "if (const bool m = f(); m && co_await g()) {\n    }",
                          "do {\n        h();\n    } while (co_await g());",
                          "switch (co_await g()) {\n    case 1: {\n        h();\n    }\n    }"]:
            with self.subTest(statement=statement):
                self.assertEqual(self.rules(statement), ["co-await"])

    def test_safe(self):
        for statement in ["A a{1};\n    co_await g(std::move(a));", "co_await g([&] { h(x); });",
                          "co_await g([&x, this](int y) -> int { return x + y; });",
                          "co_await g(std::string(x));", "x[i] = co_await g(y[j]);",
                          "if (const bool m = co_await g(); m) {\n    h(A{1});\n} else {\n    }",
                          "for (int i = co_await g(x); i < 3; ++i) {\n    }",
                          "next = co_await g();", "co_return a && co_await g();",
                          "if (a) {\n        co_await g();\n    }", "auto f = [x] { return x; };",
                          "auto f = [&]() -> Task<int> {\n        co_return co_await g();\n    };",
                          "switch (int m = co_await g(); m) {\n    case 1:\n        h();\n    }",
                          "co_return fail(Error{1});",
                          "for (int i = 0; i < 3; ++i) {\n        co_await g();\n    }"]:
            with self.subTest(statement=statement):
                self.assertEqual(self.rules(statement), [])

    def test_trailing_return_type(self):
        text = SPDX + "auto f(int a) -> Task<int> {\n    co_return co_await g();\n}\n"
        self.assertEqual(rules_of("src/io/a.cc", text), [])


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
