# SPDX-License-Identifier: Apache-2.0
"""Scope maps: what their changes open and close, also for tokens that are out."""

from registry import Registry, basic, expect_equal

PULL = "repository:team/app:pull"
PATH = "/v2/team/app/tags/list"
ALLOWED = 404  # there is no such repository, which only those may know who may pull from it


def rules_of(scope_map):
    return {rule["repository"]: rule["actions"] for rule in scope_map["rules"]}


def patterns(folder):
    """a prefix opens what is below it and nothing else; rules add up"""
    with Registry(folder) as registry:
        registry.run("scope-map", "create", "team", "--repository", "team/*", "content/read",
                     "--repository", "base", "content/read", "content/write",
                     "--description", "What the team uses")
        password = registry.password("user", "create", "maria", "--scope-map", "team")
        headers = basic("maria", password)
        for repository, status in [("team/app", ALLOWED), ("team/app/deep", ALLOWED),
                                   ("base", ALLOWED), ("team", 401), ("teams/app", 401),
                                   ("base/x", 401), ("other", 401)]:
            expect_equal(registry.ask("GET", f"/v2/{repository}/tags/list", headers).status,
                         status, f"pull from {repository}")
        for repository, status in [("base", 201), ("team/app", 401)]:
            expect_equal(registry.push_blob(headers, repository, b"x"), status,
                         f"push to {repository}")


def wrong_scope(folder):
    """a token request for more than the rules say gets the rest, and what is missing is refused"""
    with Registry(folder) as registry:
        password = registry.password("token", "create", "ci", "--repository", "team/app",
                                     "content/read", "--passwords", "1")
        token = registry.token("ci", password, "repository:team/other:pull,push", PULL)
        expect_equal(registry.status(token, PATH), ALLOWED, "what it may")
        expect_equal(registry.status(token, "/v2/team/other/tags/list"), 401, "what it may not")
        expect_equal(registry.status(token, "/v2/_catalog"), 401, "the catalog")


def changes_hold_at_once(folder):
    """rules that are added or removed count for tokens that are out"""
    with Registry(folder) as registry:
        registry.run("scope-map", "create", "team", "--repository", "team/*", "content/read")
        password = registry.password("user", "create", "maria", "--scope-map", "team")
        token = registry.token("maria", password, PULL)
        expect_equal(registry.status(token, PATH), ALLOWED, "before")
        changed = registry.json("scope-map", "update", "team", "--remove-repository", "team/*",
                                "--add-repository", "base", "content/read")
        expect_equal(rules_of(changed), {"base": ["content/read"]}, "rules")
        expect_equal(registry.status(token, PATH), 401, "after the rule was removed")
        registry.run("scope-map", "update", "team", "--add-repository", "team/app",
                     "content/read", "content/delete")
        expect_equal(registry.status(token, PATH), ALLOWED, "after it was added")
        changed = registry.json("scope-map", "update", "team", "--remove-repository", "team/app",
                                "content/read")
        expect_equal(rules_of(changed)["team/app"], ["content/delete"], "what is left")
        expect_equal(registry.status(token, PATH), 401, "after the action was removed")
        registry.run("user", "update", "maria", "--scope-map", "_repositories_pull")
        expect_equal(registry.status(token, PATH), ALLOWED, "with another scope map")
        registry.run("user", "update", "maria", "--no-scope-map")
        expect_equal(registry.status(token, PATH), 401, "without scope maps")


def delete(folder):
    """a scope map that is used goes only by force, and takes its rights along"""
    with Registry(folder) as registry:
        registry.run("scope-map", "create", "team", "--repository", "team/*", "content/read")
        password = registry.password("user", "create", "maria", "--scope-map", "team")
        token = registry.token("maria", password, PULL)
        expect_equal(registry.json("scope-map", "show", "team")["accounts"], ["maria"], "accounts")
        registry.refused("scope-map", "delete", "team")
        registry.run("issuer", "add", "work", "--preset", "oidc", "--issuer", "https://i.example",
                     "--audience", "registry.example")
        registry.run("issuer", "rule", "add", "work", "main", "--claim", "sub=x", "--scope-map",
                     "team")
        registry.run("user", "update", "maria", "--no-scope-map")
        registry.refused("scope-map", "delete", "team")
        registry.run("user", "update", "maria", "--scope-map", "team")
        expect_equal(registry.status(token, PATH), ALLOWED, "before")
        registry.run("scope-map", "delete", "team", "--force")
        expect_equal(registry.status(token, PATH), 401, "after")
        expect_equal(registry.json("user", "show", "maria")["scope_maps"], [], "its scope maps")
        registry.run("scope-map", "create", "team", "--repository", "team/*", "content/read")
        expect_equal(registry.status(token, PATH), 401, "a new map of the old name")


def catalog(folder):
    """users see their part of the catalog, tokens none of it"""
    with Registry(folder) as registry:
        registry.run("scope-map", "create", "team", "--repository", "team/*", "content/read")
        user = registry.password("user", "create", "maria", "--scope-map", "team")
        token = registry.password("token", "create", "ci", "--scope-map", "team")
        expect_equal(registry.ask("GET", "/v2/_catalog", basic("maria", user)).status, 200, "user")
        expect_equal(registry.ask("GET", "/v2/_catalog", basic("ci", token)).status, 401, "token")


CASES = [patterns, wrong_scope, changes_hold_at_once, delete, catalog]
