# SPDX-License-Identifier: Apache-2.0
"""The keys that sign tokens: rotation beside a running server, and the public halves."""

import base64
import hashlib
import time

from registry import Registry, basic, expect, expect_equal, part_of

SCOPE = "repository:app:pull"
PATH = "/v2/app/tags/list"
ALLOWED = 404
# What EMSA-PKCS1-v1_5 puts before a SHA-256 (RFC 8017 9.2).
PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_set(registry):
    answer = registry.ask("GET", "/.well-known/jwks.json")
    expect_equal(answer.status, 200, "key set")
    expect_equal(answer.headers["Cache-Control"], "public, max-age=300", "Cache-Control")
    keys = answer.json()["keys"]
    for key in keys:
        expect_equal(list(key), ["kty", "use", "alg", "kid", "n", "e"], "members of a key")
    return {key["kid"]: key for key in keys}


def verifies(key, token):
    """RS256 by hand, with nothing but the published numbers."""
    modulus = int.from_bytes(unpadded(key["n"]), "big")
    exponent = int.from_bytes(unpadded(key["e"]), "big")
    text, _, signature = token.rpartition(".")
    opened = pow(int.from_bytes(unpadded(signature), "big"), exponent, modulus)
    padded = b"\0\1" + b"\xff" * 202 + b"\0" + PREFIX + hashlib.sha256(text.encode()).digest()
    return opened.to_bytes(256, "big") == padded


def rotate(folder):
    """after a rotation new tokens have the new key, old ones verify, and both keys are published"""
    with Registry(folder) as registry:
        expect_equal(registry.json("keys", "list"), [], "keys before the first token")
        expect_equal(key_set(registry), {}, "key set before the first token")
        admin = ("admin", registry.server.password())
        old = registry.token(*admin, SCOPE)
        refresh = registry.refresh_token(*admin)
        old_kid = part_of(old, 0)["kid"]
        expect_equal(list(key_set(registry)), [old_kid], "key set with one key")
        listed = registry.json("keys", "rotate")
        expect_equal([(key["state"], key["verifies_until"] is None) for key in listed],
                     [("signs", True), ("verifies", False)], "keys")
        new = registry.token(*admin, SCOPE)
        new_kid = part_of(new, 0)["kid"]
        expect_equal([key["kid"] for key in listed], [new_kid, old_kid], "kids")
        expect(new_kid != old_kid, "the kid is the same")
        published = key_set(registry)
        expect_equal(list(published), [new_kid, old_kid], "key set with both")
        for token in (old, new):
            expect_equal(registry.status(token, PATH), ALLOWED, "token")
            for kid, key in published.items():
                expect_equal(verifies(key, token), kid == part_of(token, 0)["kid"], "signature")
        expect_equal(registry.redeem(refresh, SCOPE).status, 200, "the old refresh token")
        expect_equal(part_of(old, 1)["rid"], part_of(new, 1)["rid"], "rid")
        expect_equal(registry.json("keys", "prune"), registry.json("keys", "list"), "prune")
        expect_equal(len(key_set(registry)), 2, "keys after prune")


def before_the_first(folder):
    """a rotation before the first token makes the key that the server then uses"""
    with Registry(folder) as registry:
        kid = registry.json("keys", "rotate")[0]["kid"]
        token = registry.token("admin", registry.server.password(), SCOPE)
        expect_equal(part_of(token, 0)["kid"], kid, "kid")


def end_tokens(folder):
    """--end-tokens ends every token of everybody at once, and the old key"""
    with Registry(folder) as registry:
        admin = ("admin", registry.server.password())
        password = registry.password("user", "create", "maria", "--scope-map",
                                     "_repositories_pull")
        tokens = [registry.token(*admin, SCOPE), registry.token("maria", password, SCOPE)]
        refresh = registry.refresh_token("maria", password)
        unseen = registry.token("maria", password, SCOPE)
        for token in tokens:
            expect_equal(registry.status(token, PATH), ALLOWED, "before")
        listed = registry.json("keys", "rotate", "--end-tokens")
        expect_equal([key["state"] for key in listed], ["signs"], "keys")
        for token in [*tokens, unseen]:
            expect_equal(registry.status(token, PATH), 401, "after")
        expect_equal(registry.redeem(refresh, SCOPE).status, 401, "refresh token")
        expect_equal(list(key_set(registry)), [listed[0]["kid"]], "key set")
        expect_equal(registry.status(registry.token("maria", password, SCOPE), PATH), ALLOWED,
                     "a new one")


def lifetimes(folder):
    """tokens last as long as the settings say, and so does a retired key"""
    with Registry(folder, "--tokens-access-lifetime", "5m", "--tokens-refresh-lifetime",
                  "10m") as registry:
        password = registry.server.password()
        now = time.time()
        access = part_of(registry.token("admin", password, SCOPE), 1)
        refresh = part_of(registry.refresh_token("admin", password), 1)
        for claims, seconds in [(access, 300), (refresh, 600)]:
            expect(abs(claims["exp"] - now - seconds) < 60, f"exp {claims['exp'] - now}")
        file = folder / "berth.toml"
        file.write_text('[tokens]\naccess_lifetime = "5m"\nrefresh_lifetime = "10m"\n')
        listed = registry.json("keys", "rotate", "--config", file)
        end = time.strptime(listed[1]["verifies_until"][:19], "%Y-%m-%dT%H:%M:%S")
        left = time.mktime(end) - time.timezone - now
        expect(840 < left < 960, f"the retired key verifies for {left} s")


def foreign_methods(folder):
    """the key set is read only and needs no credentials"""
    with Registry(folder) as registry:
        for method, status in [("HEAD", 200), ("POST", 405), ("PUT", 405), ("DELETE", 405)]:
            expect_equal(registry.ask(method, "/.well-known/jwks.json").status, status, method)
        answer = registry.ask("GET", "/.well-known/jwks.json", basic("admin", "wrong"))
        expect_equal(answer.status, 200, "with a wrong password")


CASES = [rotate, before_the_first, end_tokens, lifetimes, foreign_methods]
