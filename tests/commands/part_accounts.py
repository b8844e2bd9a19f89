# SPDX-License-Identifier: Apache-2.0
"""Users and tokens from their making to their end, as a client of a running server sees them."""

import json
import time

from registry import Registry, basic, expect, expect_equal, passwords_of

PULL = "repository:app:pull"
PATH = "/v2/app/tags/list"
ALLOWED = 404  # there is no such repository, which only those may know who may pull from it
LATE = 10


def eventually(holds, what):
    limit = time.monotonic() + LATE
    while not holds():
        expect(time.monotonic() < limit, f"{what}: not within {LATE} s")


def create_and_sign_in(folder):
    """a new user signs in at once, with its password and no other, and may do what it may"""
    with Registry(folder) as registry:
        password = registry.password("user", "create", "maria", "--scope-map",
                                     "_repositories_pull")
        expect_equal(registry.status(registry.token("maria", password, PULL), PATH), ALLOWED,
                     "pull")
        expect_equal(registry.ask("GET", PATH, basic("maria", password)).status, ALLOWED, "Basic")
        expect_equal(registry.sign_in("maria", password + "x").status, 401, "wrong password")
        expect_equal(registry.sign_in("Maria", password).status, 401, "wrong name")
        wide = registry.token("maria", password, "repository:app:pull,push")
        expect_equal(registry.push_blob({"Authorization": f"Bearer {wide}"}, "app", b"x"), 401,
                     "push")
        admin = registry.password("user", "create", "boss", "--admin")
        expect_equal(registry.push_blob(basic("boss", admin), "app", b"x"), 201, "push by an admin")
        nobody = registry.password("user", "create", "new")
        expect_equal(registry.sign_in("new", nobody).status, 200, "sign-in without scope maps")
        expect_equal(registry.ask("GET", PATH, basic("new", nobody)).status, 401, "its pull")


def password_from_input(folder):
    """--password-stdin takes one line of 12 to 256 bytes, and prints no password"""
    with Registry(folder) as registry:
        long = "p" * 256
        for name, line, password in [("a", "correct horse\n", "correct horse"),
                                     ("b", "twelve bytes", "twelve bytes"),
                                     ("c", "with cr and lf\r\n", "with cr and lf"),
                                     ("d", "grüße an alle: \"'\\ \n", "grüße an alle: \"'\\ "),
                                     ("e", long, long)]:
            made = registry.run("user", "create", name, "--password-stdin", stdin=line)
            expect(password not in made.stdout + made.stderr, "the password was printed")
            expect_equal(registry.sign_in(name, password).status, 200, f"sign-in of {name}")
        for line in ["", "\n", "eleven byte\n", long + "p", "two lines\nand more\n",
                     "a tab\tin between", "a nul\0in between"]:
            registry.refused("user", "create", "x", "--password-stdin", stdin=line, status=2)
        registry.refused("user", "show", "x")


def disable_and_enable(folder):
    """a disabled account is refused with its next request, and its tokens stay ended"""
    with Registry(folder) as registry:
        password = registry.password("token", "create", "ci", "--repository", "app",
                                     "content/read", "--passwords", "1")
        token = registry.token("ci", password, PULL)
        refresh = registry.refresh_token("ci", password)
        expect_equal(registry.status(token, PATH), ALLOWED, "before")
        expect_equal(registry.json("token", "disable", "ci")["state"], "disabled", "state")
        expect_equal(registry.status(token, PATH), 401, "token of a disabled account")
        expect_equal(registry.sign_in("ci", password).status, 401, "its password")
        expect_equal(registry.redeem(refresh, PULL).status, 401, "its refresh token")
        expect_equal(registry.json("token", "enable", "ci")["state"], "enabled", "state")
        expect_equal(registry.status(registry.token("ci", password, PULL), PATH), ALLOWED, "again")
        expect_equal(registry.status(token, PATH), 401, "the old token after enable")
        expect_equal(registry.redeem(refresh, PULL).status, 401, "the old refresh token")


def two_passwords(folder):
    """a password is changed while clients use the other; a removed or replaced one ends at once"""
    with Registry(folder) as registry:
        made = registry.json("token", "create", "ci", "--repository", "app", "content/read")
        first, second = passwords_of(made)
        expect_equal(made["scope_maps"], ["ci-scope-map"], "scope maps")
        for password in (first, second):
            expect_equal(registry.sign_in("ci", password).status, 200, "both")
        token = registry.token("ci", first, PULL)
        third = registry.password("token", "password", "ci", "--slot", "1")
        outcomes = [registry.sign_in("ci", each).status for each in (first, second, third)]
        expect_equal(outcomes, [401, 200, 200], "after slot 1 was changed")
        expect_equal(registry.status(token, PATH), ALLOWED, "a token that was out")
        left = registry.json("token", "password", "ci", "--slot", "2", "--remove")
        expect_equal([each["slot"] for each in left["passwords"]], [1], "slots")
        outcomes = [registry.sign_in("ci", each).status for each in (second, third)]
        expect_equal(outcomes, [401, 200], "after slot 2 was removed")
        none = registry.json("token", "create", "later", "--scope-map", "_repositories_pull",
                             "--passwords", "none")
        expect_equal(none["passwords"], [], "passwords of a token made without")


def ends(folder):
    """passwords and accounts end at their time, and an end can be put off"""
    with Registry(folder) as registry:
        soon = registry.password("user", "create", "maria", "--scope-map", "_repositories_pull",
                                 "--expires", "2s")
        expect_equal(registry.sign_in("maria", soon).status, 200, "before the end")
        token = registry.token("maria", soon, PULL)
        eventually(lambda: registry.sign_in("maria", soon).status == 401, "end of the account")
        expect_equal(registry.status(token, PATH), 401, "its token")
        expect_equal(registry.json("user", "show", "maria")["state"], "expired", "state")
        expect_equal(registry.json("user", "update", "maria", "--expires", "never")["state"],
                     "enabled", "state")
        expect_equal(registry.sign_in("maria", soon).status, 200, "after the end was put off")
        second = registry.password("user", "password", "maria", "--slot", "2", "--expires", "1s")
        eventually(lambda: registry.sign_in("maria", second).status == 401, "end of the password")
        expect_equal(registry.sign_in("maria", soon).status, 200, "the other password")


def sign_out(folder):
    """sign-out ends every token and no password"""
    with Registry(folder) as registry:
        password = registry.password("user", "create", "maria", "--scope-map",
                                     "_repositories_pull")
        token = registry.token("maria", password, PULL)
        refresh = registry.refresh_token("maria", password)
        expect_equal(registry.redeem(refresh, PULL).status, 200, "before")
        registry.run("user", "sign-out", "maria")
        expect_equal(registry.status(token, PATH), 401, "access token")
        expect_equal(registry.redeem(refresh, PULL).status, 401, "refresh token")
        expect_equal(registry.status(registry.token("maria", password, PULL), PATH), ALLOWED,
                     "a new one")


def delete(folder):
    """a deleted account is gone, and one of the same name does not inherit its tokens"""
    with Registry(folder) as registry:
        words = ("user", "create", "maria", "--scope-map", "_repositories_pull")
        password = registry.password(*words)
        token = registry.token("maria", password, PULL)
        registry.run("user", "delete", "maria")
        expect_equal(registry.status(token, PATH), 401, "its token")
        expect_equal(registry.sign_in("maria", password).status, 401, "its password")
        fresh = registry.password(*words)
        expect_equal(registry.status(token, PATH), 401, "the old token, name in use again")
        expect_equal(registry.sign_in("maria", password).status, 401, "the old password")
        expect_equal(registry.sign_in("maria", fresh).status, 200, "the new password")


def first_admin(folder):
    """admin's first password is replaced, its file removed; disabled it lets nobody in"""
    with Registry(folder) as registry:
        file = registry.data / "admin-password"
        first = registry.server.password()
        second = registry.password("user", "password", "admin", "--slot", "2")
        expect(file.exists(), "the file went with another password")
        changed = registry.text("user", "password", "admin")
        expect(f"Removed {file}" in changed, changed)
        expect(not file.exists(), "the file is still there")
        outcomes = [registry.sign_in("admin", each).status for each in (first, second)]
        expect_equal(outcomes, [401, 200], "passwords")
        registry.run("user", "disable", "admin")
        expect_equal(registry.sign_in("admin", second).status, 401, "disabled")
        registry.server.stop()
        with Registry(folder) as again:
            expect(not file.exists(), "a start made a new password")
            expect_equal(again.sign_in("admin", second).status, 401, "disabled, next start")
            again.run("user", "enable", "admin")
            expect_equal(again.sign_in("admin", second).status, 200, "enabled")


def audit_lines(folder):
    """each change is a line of the audit log, without a secret; what is refused is none"""
    with Registry(folder) as registry:
        registry.refused("user", "show", "x")
        registry.refused("user", "create", "x", "--scope-map", "y")
        made = passwords_of(registry.json("token", "create", "ci", "--repository", "app",
                                          "content/read"))
        made.append(registry.password("token", "password", "ci"))
        registry.run("token", "sign-out", "ci")
        registry.run("token", "delete", "ci")
        log = (registry.data / "audit.log").read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        expect_equal([(line["operation"], line["subject"]) for line in lines],
                     [("token_create", "ci"), ("scope_map_create", "ci-scope-map"),
                      ("token_password", "ci"), ("token_sign_out", "ci"), ("token_delete", "ci")],
                     "audit log")
        expect({line["kind"] for line in lines} == {"operator"}, "kinds")
        for password in made:
            expect(password not in log, "a password is in the audit log")


CASES = [create_and_sign_in, password_from_input, disable_and_enable, two_passwords, ends,
         sign_out, delete, first_admin, audit_lines]
