# SPDX-License-Identifier: Apache-2.0
"""`berth user import`: users of a file of htpasswd sign in with the passwords they have."""

import subprocess

from registry import Registry, basic, expect, expect_equal

WORD = "correct horse"
# U*U, of the test vectors that bcrypt implementations share.
BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
BCRYPT_WORD = "U*U"


def crypt_of(kind, salt):
    """As `openssl passwd` makes it: 5 is sha256crypt, 6 sha512crypt, apr1 Apache's MD5."""
    return subprocess.run(["openssl", "passwd", f"-{kind}", "-salt", salt, WORD],
                          capture_output=True, text=True, check=True).stdout.strip()


def write(folder, *lines):
    file = folder / "htpasswd"
    file.write_text("".join(line + "\n" for line in lines))
    return file


def names(registry):
    return [each["name"] for each in registry.json("user", "list")]


def imported(folder):
    """bcrypt, sha256crypt and sha512crypt are kept, and their users sign in"""
    file = write(folder, "# our users", "", f"maria:{crypt_of(6, 'saltsalt')}",
                 f"bob:{crypt_of(5, 'saltsalt')}\r", f"eve:{BCRYPT}",
                 f"ann:{BCRYPT.replace('$2a$', '$2y$')}")
    with Registry(folder) as registry:
        done = registry.json("user", "import", file, "--scope-map", "_repositories_pull")
        expect_equal(done, {"created": ["maria", "bob", "eve", "ann"], "replaced": [],
                            "skipped": []}, "answer")
        for name, word in [("maria", WORD), ("bob", WORD), ("eve", BCRYPT_WORD),
                           ("ann", BCRYPT_WORD)]:
            expect_equal(registry.sign_in(name, word).status, 200, f"sign-in of {name}")
            expect_equal(registry.sign_in(name, word + "x").status, 401, f"wrong, {name}")
            answer = registry.ask("GET", "/v2/app/tags/list", basic(name, word))
            expect_equal(answer.status, 404, f"pull by {name}")
        audit = (registry.data / "audit.log").read_text()
        for name in ("maria", "bob", "eve", "ann"):
            expect(f'"operation":"user_import","subject":"{name}"' in audit, f"audit of {name}")
        expect("$6$" not in audit, "a hash is in the audit log")


def all_or_nothing(folder):
    """one bad line and nobody is imported; each is named with its number"""
    good = crypt_of(6, "saltsalt")
    file = write(folder, f"maria:{good}", f"weak:{crypt_of('apr1', 'saltsalt')}",
                 "sha:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "des:rqXexS6ZhobKA", "plain:secret",
                 "no colon", f"maria:{good}", f"_x:{good}", f"slow:{BCRYPT.replace('$05', '$15')}",
                 f"rounds:{good.replace('$6$', '$6$rounds=2000000$')}", f"admin:{good}",
                 f"bob:{good}")
    with Registry(folder) as registry:
        said = registry.refused("user", "import", file)
        for line in range(2, 12):
            expect(f"{file}:{line}: " in said, f"line {line} in:\n{said}")
        expect("secret" not in said and "rqXexS6ZhobKA" not in said, "a password was printed")
        expect_equal(names(registry), ["admin"], "users")
        done = registry.json("user", "import", file, "--skip-bad")
        expect_equal(done["created"], ["maria", "bob"], "created")
        expect_equal([each["line"] for each in done["skipped"]], list(range(2, 12)), "skipped")
        expect_equal(names(registry), ["admin", "bob", "maria"], "users")


def replaced(folder):
    """users that exist are left alone, or given the password of the file"""
    with Registry(folder) as registry:
        first = registry.password("user", "create", "maria")
        registry.run("token", "create", "ci", "--scope-map", "_repositories_pull")
        file = write(folder, f"maria:{crypt_of(6, 'saltsalt')}")
        expect("there is a user 'maria' already" in registry.refused("user", "import", file), "no")
        expect_equal(registry.sign_in("maria", first).status, 200, "the first password")
        done = registry.json("user", "import", file, "--replace")
        expect_equal(done, {"created": [], "replaced": ["maria"], "skipped": []}, "answer")
        outcomes = [registry.sign_in("maria", each).status for each in (first, WORD)]
        expect_equal(outcomes, [401, 200], "passwords")
        for name in ("ci", "admin"):
            file = write(folder, f"{name}:{crypt_of(6, 'saltsalt')}")
            registry.refused("user", "import", file, "--replace")


def no_file(folder):
    """a file that cannot be read is exit code 1"""
    with Registry(folder) as registry:
        for path in (folder / "missing", folder):
            registry.refused("user", "import", path)


CASES = [imported, all_or_nothing, replaced, no_file]
