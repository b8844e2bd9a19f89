# SPDX-License-Identifier: Apache-2.0
"""Tokens of other issuers at POST /oauth2/exchange: whose are taken, what they are good for, what
happens when keys change, when the issuer is down, and when the operator changes his mind."""

import hashlib
import hmac
import json
import time

from identities import BUILDER, OTHER_TENANT, READER, STRANGE, V1, entra_claims
from issuer import AUDIENCE
from wire import encoded, part, payload

# A new key is looked for at most every ten seconds.
KEYS_SECONDS_MAX = 25
PULL = "repository:team/app:pull"


class FederationChecks:
    def __init__(self, run):
        self.run, self.checks, self.wire = run, run.checks, run.wire
        self.entra, self.plain = run.entra, run.plain
        self.berth = run.registry.berth

    def all(self):
        self._taken()
        self._not_taken()
        self._forged()
        self._tenants()
        self._grants()
        self._rotation()
        self._down()
        self._decisions()

    # --- what comes of a token --------------------------------------------------------------------

    def opens(self, name, token, repository="team/app"):
        """The whole way: exchange, refresh, access, request. Answers (refresh, access)."""
        exchanged = self.wire.exchange(token)
        refresh = exchanged.get("refresh_token")
        if not self.checks.true(f"federation: {name}: exchanged", refresh,
                                exchanged.status, exchanged.body):
            return None, None
        access = self.access(refresh, repository)
        self.status(f"{name}: opens {repository}", 200, self.wire.tags(repository, access))
        return refresh, access

    def access(self, refresh, repository="team/app"):
        return self.wire.refresh(refresh, f"repository:{repository}:pull").get("access_token")

    def status(self, name, wanted, answer):
        self.checks.true(f"federation: {name}", answer.status == wanted,
                         f"wanted {wanted}, got {answer.status}", answer.body)

    def refused(self, name, token, **form):
        """401 without a body, as the service refuses a token it does not take."""
        answer = self.wire.exchange(token, **form)
        self.checks.equal(f"federation: {name}: refused", (401, ""), (answer.status, answer.body))

    def genuine(self, app=BUILDER, **changed):
        now = int(time.time())
        return {"iss": self.entra.url, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600,
                **entra_claims(app), **changed}

    # --- checks -----------------------------------------------------------------------------------

    def _taken(self):
        refresh, _ = self.opens("Entra ID, version 2", self.entra.token(BUILDER))
        if refresh:
            claims = payload(refresh)
            self.checks.equal("federation: the refresh token's kind", "refresh_token",
                              claims["grant_type"])
            self.checks.equal("federation: its life", 11700, claims["exp"] - claims["iat"])
        self.opens("Entra ID, version 1", self.entra.token(READER))
        self.opens("a plain issuer, RS256", self.plain.token("nightly"))
        self.opens("a plain issuer, ES256", self.plain.token("pipeline"))
        self.opens("signed by hand, as the issuer would", self.entra.sign(self.genuine()))
        now = int(time.time())
        self.opens("ended within the clocks' difference",
                   self.entra.sign(self.genuine(exp=now - 20)))
        answer = self.wire.exchange(self.entra.token(STRANGE))
        self.checks.true("federation: nobody without a role", answer.status == 401 and
                         "authentication required" in answer.body and
                         "CorrelationId" in answer.body, answer.status, answer.body)

    def _not_taken(self):
        now = int(time.time())
        self.refused("another audience", self.entra.token(BUILDER, "https://graph.microsoft.com/"))
        self.refused("no audience", self.entra.sign(self.genuine(aud="")))
        self.refused("expired", self.entra.sign(self.genuine(iat=now - 7200, exp=now - 3600)))
        self.refused("without an end", self.entra.sign(
            {k: v for k, v in self.genuine().items() if k != "exp"}))
        self.refused("not yet good", self.entra.sign(self.genuine(nbf=now + 3600, exp=now + 7200)))
        self.refused("an unknown kid", self.entra.sign(self.genuine(), header={"kid": "nobody"}))
        self.refused("another key by a known kid", self.entra.sign(self.genuine(), foreign=True))
        self.refused("an issuer that nobody trusts", self.run.stranger.token("anybody"))
        self.refused("a trusted name in a stranger's token",
                     self.run.stranger.sign(self.genuine()))
        self.refused("one issuer's name in another's token", self.plain.sign(self.genuine()))
        self.refused("no JWT", "not a token")

    def _forged(self):
        claims = self.genuine()
        good = self.entra.sign(claims)
        kid = part(good, 0)["kid"]
        body = encoded(claims)
        for text, signature in (("without a signature", ""), ("with some signature", "AAAA")):
            head = encoded({"alg": "none", "typ": "JWT", "kid": kid})
            self.refused(f"alg none, {text}", f"{head}.{body}.{signature}")
        # The public key as the secret of an HMAC, the oldest trick with these tokens.
        public = json.dumps(self.entra.ask(f"{self.entra.url}/keys")["keys"][0])
        head = encoded({"alg": "HS256", "typ": "JWT", "kid": kid})
        mac = hmac.new(public.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
        self.refused("HS256 by the public key", f"{head}.{body}.{encoded(mac)}")
        head, _, signature = good.split(".")
        self.refused("other claims under a good signature",
                     f"{head}.{encoded({**claims, 'azp': READER})}.{signature}")
        self.refused("the wrong algorithm for the key", self.entra.sign(
            claims, alg="ES256", header={"kid": kid}))
        own = self.wire.exchange(good).get("refresh_token")
        self.refused("a token of the registry itself", own or "")

    def _tenants(self):
        other = f"https://sts.windows.net/{OTHER_TENANT}/"
        self.refused("another tenant, version 1", self.entra.sign(
            self.genuine(**entra_claims(READER, "1.0", OTHER_TENANT))))
        self.refused("another tenant's issuer", self.entra.sign(self.genuine(iss=other)))
        self.refused("another tenant under this issuer", self.entra.sign(
            self.genuine(tid=OTHER_TENANT)))
        self.refused("no tenant", self.entra.sign(
            {k: v for k, v in self.genuine().items() if k != "tid"}))
        self.refused("another tenant in the form", self.entra.token(BUILDER), tenant=OTHER_TENANT)
        self.opens("version 1's issuer", self.entra.sign(
            self.genuine(**entra_claims(READER, "1.0"))))
        self.checks.equal("federation: version 1's name", V1,
                          payload(self.entra.token(READER))["iss"])

    def _grants(self):
        """The deprecated forms of the exchange (acr-wire 4.4)."""
        token = self.entra.token(BUILDER)
        for form in ({"grant_type": "access_token_refresh_token", "access_token": token,
                      "refresh_token": "anything"},
                     {"grant_type": "refresh_token", "refresh_token": token}):
            answer = self.wire.ask("/oauth2/exchange", {"service": "contoso.azurecr.io", **form})
            self.checks.true(f"federation: grant type {form['grant_type']}",
                             answer.get("refresh_token"), answer.status, answer.body)

    def _eventually(self, name, token):
        """A key that is new to the registry is fetched, but not more often than it may be."""
        deadline = time.monotonic() + KEYS_SECONDS_MAX
        answer = self.wire.exchange(token)
        while answer.status != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
            answer = self.wire.exchange(token)
        self.status(name, 200, answer)

    def _rotation(self):
        old = {"Entra ID": (self.entra, self.entra.token(BUILDER), BUILDER),
               "a plain issuer": (self.plain, self.plain.token("pipeline"), "pipeline")}
        for name, (issuer, before, client) in old.items():
            issuer.rotate()
            self._eventually(f"{name}: a token by the new key", issuer.token(client))
            self.opens(f"{name}: a token by the old key, which is still published", before)
            issuer.rotate(keep_old=False)
            self._eventually(f"{name}: a token by the newest key", issuer.token(client))
            self.refused(f"{name}: a token by a key that is gone", before)
        path = "/keys"
        asked = self.plain.asked(path)
        for number in range(30):
            self.wire.exchange(self.plain.sign(
                {"iss": self.plain.url, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 60},
                header={"kid": f"made-up-{number}"}))
        self.checks.true("federation: made-up key ids do not make the registry ask and ask",
                         self.plain.asked(path) - asked <= 2, self.plain.asked(path) - asked)

    def _down(self):
        token, later = self.plain.token("nightly"), self.plain.token("pipeline")
        refresh, access = self.opens("before the issuer ends", token)
        self.checks.equal("federation: the issuer ends", 0, self.plain.stop())
        self.status("its access token works without it", 200, self.wire.tags("team/app", access))
        self.status("its refresh token works without it", 200,
                    self.wire.tags("team/app", self.access(refresh)))
        self.opens("a new exchange without it, by keys that are known", later)
        self.plain.start()
        self.opens("after it has come back", self.plain.token("nightly"))

    def _decisions(self):
        """What the operator says counts at once, for tokens that are out as well."""
        berth = self.berth
        for name, close, open_again in (
                ("disabled", ("issuer", "disable", "plain"), ("issuer", "enable", "plain")),
                ("blocked", ("issuer", "block", "plain", "nightly"),
                 ("issuer", "unblock", "plain", "nightly")),
                ("without its rule", ("issuer", "rule", "remove", "plain", "app"),
                 ("issuer", "rule", "add", "plain", "app", "--claim", "repository=team/app",
                  "--scope-map", "team-read"))):
            refresh, access = self.opens(f"before it is {name}", self.plain.token("nightly"))
            berth(*close)
            self.status(f"{name}: no exchange", 401, self.wire.exchange(
                self.plain.token("nightly")))
            self.status(f"{name}: the refresh token is dead", 401, self.wire.refresh(refresh, PULL))
            self.status(f"{name}: the access token is dead", 401,
                        self.wire.tags("team/app", access))
            self.opens(f"others go on while it is {name}", self.entra.token(BUILDER))
            berth(*open_again)
            self.opens(f"no longer {name}", self.plain.token("nightly"))
        _, access = self.opens("before its scope map is changed", self.plain.token("nightly"))
        berth("scope-map", "update", "team-read", "--remove-repository", "team/*", "content/read")
        self.status("the changed scope map counts for its tokens", 401,
                    self.wire.tags("team/app", access))
        berth("scope-map", "update", "team-read", "--add-repository", "team/*", "content/read")
        self.status("and counts again", 200, self.wire.tags("team/app", access))


def federation_part(run):
    run.seed()
    run.trust()
    FederationChecks(run).all()
