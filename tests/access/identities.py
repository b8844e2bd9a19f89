# SPDX-License-Identifier: Apache-2.0
"""The issuers of the run and who is known to them: one that is Entra ID as far as a registry and
the Azure command line can see, one plain OpenID Connect issuer, and one that nobody trusts."""

from cloud import TENANT, Cloud
from issuer import AUDIENCE, Issuer
from world import ADDRESSES, ENTRA, IDENTITY_ADDRESS, ISSUER, MANAGEMENT, REGISTRY, STRANGER

OTHER_TENANT = "7c9e6679-0000-4000-8000-0000000dead0"
V1 = f"https://sts.windows.net/{TENANT}/"
# The applications of the tenant. Each has a rule in its name, except for the one without a role.
BUILDER = "b1111111-0000-4000-8000-000000000001"
READER = "b1111111-0000-4000-8000-000000000002"
STRANGE = "b1111111-0000-4000-8000-000000000003"
MACHINE = "b1111111-0000-4000-8000-000000000004"


def entra_claims(app, version="2.0", tenant=TENANT):
    """What Entra ID puts into the token of an application."""
    claims = {"tid": tenant, "oid": app.replace("b1", "0b"), "sub": app.replace("b1", "0b"),
              "ver": version}
    if version == "1.0":
        return {**claims, "appid": app, "iss": f"https://sts.windows.net/{tenant}/"}
    return {**claims, "azp": app}


def entra(world):
    clients = {app: {"secret": f"secret-of-{app}", "claims": entra_claims(app)}
               for app in (BUILDER, STRANGE)}
    clients[READER] = {"secret": f"secret-of-{READER}", "claims": entra_claims(READER, "1.0")}
    clients[MACHINE] = {"secret": f"secret-of-{MACHINE}", "claims": entra_claims(MACHINE, "1.0")}
    documents = {
        # Version 1 has an issuer of another name, and the same keys.
        f"/{TENANT}/.well-known/openid-configuration": {
            "issuer": V1, "jwks_uri": "${url}/keys", "token_endpoint": "${url}/token",
            "authorization_endpoint": "${url}/auth"},
        "/common/discovery/instance": {
            "tenant_discovery_endpoint": "${url}/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": ENTRA, "preferred_cache": "login.windows.net",
                          "aliases": [ENTRA, "login.windows.net"]}]},
    }
    return _issuer(world, ENTRA, clients, f"/{TENANT}/v2.0", documents)


def plain(world):
    """Signs with ES256 for one client and with RS256 for the other."""
    return _issuer(world, ISSUER, {
        "pipeline": {"secret": "p", "alg": "ES256", "claims": {"repository": "team/app"}},
        "nightly": {"secret": "n", "claims": {"repository": "team/app", "groups": ["a", "b"]}},
    })


def stranger(world):
    return _issuer(world, STRANGER, {"anybody": {"secret": "a"}})


def _issuer(world, host, clients, path="", documents=None):
    return Issuer(world.folder / host,
                  {"host": host, "path": path, "address": ADDRESSES[host], "port": 443},
                  {"cert": world.certificate, "key": world.key, "ca": world.ca},
                  clients, documents)


def cloud(world, issuer):
    return Cloud({"management": ADDRESSES[MANAGEMENT], "identity": IDENTITY_ADDRESS},
                 world.certificate, world.key, issuer, REGISTRY, MACHINE)


def trust(berth, world, entra_issuer, plain_issuer):
    """Who may do what: the builder everything below team, the others less."""
    every = ("content/read", "content/write", "content/delete", "metadata/read", "metadata/write")
    berth("scope-map", "create", "team-all", "--repository", "team/*", *every)
    berth("scope-map", "create", "team-read", "--repository", "team/*", "content/read")
    berth("scope-map", "create", "all-read", "--repository", "*", "content/read", "metadata/read")
    authority = ("--ca-file", world.ca, "--allow-private")
    berth("issuer", "add", "entra", "--preset", "entra", "--tenant", TENANT, *authority)
    for name, claim, scope_map in (("builder", f"azp={BUILDER}", "team-all"),
                                   ("reader", f"appid={READER}", "all-read"),
                                   ("machine", f"appid={MACHINE}", "team-read")):
        berth("issuer", "rule", "add", "entra", name, "--claim", claim, "--scope-map", scope_map)
    berth("issuer", "add", "plain", "--preset", "oidc", "--issuer", plain_issuer.url,
          "--audience", AUDIENCE, *authority)
    berth("issuer", "rule", "add", "plain", "app", "--claim", "repository=team/app",
          "--scope-map", "team-read")
    assert entra_issuer.url.endswith(f"/{TENANT}/v2.0")
