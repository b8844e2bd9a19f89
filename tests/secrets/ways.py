# SPDX-License-Identifier: Apache-2.0
"""Every way a secret can come into the server or go out of it. Each secret is used for one way, so
that a finding names the way."""

import base64
import json
import os
import socket
import urllib.parse

NIL_GUID = "00000000-0000-0000-0000-000000000000"
SECONDS = 30
FORM = "Content-Type: application/x-www-form-urlencoded"


class Ways:
    """Speaks to `server` over plain sockets, so that nothing is put right on the way. `secrets`
    maps the name of a way to its secret, `answers` to the status that came back."""

    def __init__(self, server, user, password):
        self.server = server
        self.service = f"{server.host}:{server.port}"
        self.user, self.password = user, password
        self.secrets = {"the account's password": password}
        self.answers = {}

    def fresh(self, way):
        """A secret of its own: some characters that are spelt differently in places, too."""
        number = os.urandom(12).hex()
        self.secrets[way] = f"s3cret-{number}/+&{number}"
        return self.secrets[way]

    # --- how to ask ---------------------------------------------------------------------------

    def send(self, way, head, body=b""):
        """Sends bytes, answers (status, body) of what comes back; None when nothing does."""
        with socket.create_connection((self.server.host, self.server.port), SECONDS) as link:
            link.sendall(head + body)
            received = b""
            while piece := link.recv(65536):
                received += piece
        status = int(received[9:12]) if received.startswith(b"HTTP/1.1 ") else None
        self.answers[way] = status
        return status, received.partition(b"\r\n\r\n")[2]

    def ask(self, way, method, target, *headers, body=""):
        content = body if isinstance(body, bytes) else body.encode()
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.service}", "Connection: close",
                 f"Content-Length: {len(content)}", *headers]
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        return self.send(way, head, content)

    def form(self, way, path, **fields):
        return self.ask(way, "POST", path, FORM, body=urllib.parse.urlencode(fields))

    def token_fields(self, **more):
        return {"service": self.service, "scope": "repository:app:pull,push,delete", **more}

    def keep(self, way, answer):
        """The tokens of an answer are secrets, too."""
        status, body = answer
        tokens = json.loads(body) if status == 200 else {}
        for name, token in tokens.items():
            self.secrets[f"{name} of {way}"] = token
        return tokens

    # --- the ways -----------------------------------------------------------------------------

    def all(self):
        self.basic()
        self.signed_in()
        self.bearer()
        self.forms()
        self.exchange()
        self.targets()
        self.other_headers()
        self.broken_requests()

    def basic(self):
        def header(name, password):
            pair = base64.b64encode(f"{name}:{password}".encode()).decode()
            return f"Authorization: Basic {pair}"
        right = header(self.user, self.password)
        self.secrets["right Basic credentials"] = right.rpartition(" ")[2].rstrip("=")
        self.ask("right password", "GET", "/v2/", right)
        for way, name in [("wrong password", self.user), ("unknown account", "nobody")]:
            self.ask(way, "GET", "/v2/", header(name, self.fresh(way)))
        for way in ["password in place of the name", "password in both places"]:
            secret = self.fresh(way)
            self.ask(way, "GET", "/v2/", header(secret, secret if "both" in way else ""))
        way = "password as a token"
        self.ask(way, "GET", "/v2/", header(NIL_GUID, self.fresh(way)))
        way = "Basic without a colon"
        self.ask(way, "GET", "/v2/", "Authorization: Basic " +
                 base64.b64encode(self.fresh(way).encode()).decode())
        way = "Basic that is not base64"
        self.ask(way, "GET", "/v2/", f"Authorization: Basic {self.fresh(way)}")
        way = "two Authorization headers"
        self.ask(way, "GET", "/v2/", header(self.user, self.fresh(way)), right)
        way = "another scheme"
        self.ask(way, "GET", "/v2/", f"Authorization: Digest {self.fresh(way)}")
        way = "wrong password at the token endpoint"
        self.ask(way, "GET", f"/oauth2/token?service={self.service}",
                 header(self.user, self.fresh(way)))

    def signed_in(self):
        """Grants that work, and a push with the tokens that come of them."""
        tokens = self.keep("the password grant", self.form(
            "password grant", "/oauth2/token", grant_type="password", username=self.user,
            password=self.password, access_type="offline", **self.token_fields()))
        self.refresh = tokens["refresh_token"]
        self.access = self.keep("the refresh grant", self.form(
            "refresh grant", "/oauth2/token", grant_type="refresh_token",
            refresh_token=self.refresh, **self.token_fields()))["access_token"]
        bearer = f"Authorization: Bearer {self.access}"
        self.ask("Bearer", "GET", "/v2/app/tags/list", bearer)
        self.push(bearer)

    def push(self, bearer):
        """An upload in pieces: `_state` lets its holder go on with it."""
        way = "an upload"
        with socket.create_connection((self.server.host, self.server.port), SECONDS) as link:
            link.sendall((f"POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: {self.service}\r\n"
                          f"Connection: close\r\nContent-Length: 0\r\n{bearer}\r\n\r\n").encode())
            received = b""
            while piece := link.recv(65536):
                received += piece
        head = received.decode(errors="replace").lower()
        location = [line for line in received.decode(errors="replace").split("\r\n")
                    if line.lower().startswith("location:")]
        self.answers[way] = int(received[9:12])
        if not location or "_state" not in head:
            return
        target = location[0].partition(":")[2].strip()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)["_state"][0]
        self.secrets["_state of an upload"] = state
        self.ask("upload, a piece", "PATCH", target, bearer, body="content")
        self.ask("upload, wrong digest", "PUT", f"{target}&digest=sha256:{'0' * 64}", bearer)

    def bearer(self):
        def changed(token):
            return token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)
        for way, token in [("Bearer with a changed signature", changed(self.access)),
                           ("Bearer of the wrong kind", self.refresh),
                           ("Bearer that is no token", self.fresh("Bearer that is no token"))]:
            self.secrets[way] = token
            self.ask(way, "GET", "/v2/app/tags/list", f"Authorization: Bearer {token}")
        pair = base64.b64encode(f"{NIL_GUID}:{self.refresh}".encode()).decode()
        self.secrets["refresh token as password"] = pair.rstrip("=")
        self.ask("refresh token as password", "GET", "/v2/", f"Authorization: Basic {pair}")

    def forms(self):
        path = "/oauth2/token"
        way = "password grant, wrong"
        self.form(way, path, grant_type="password", username=self.user, password=self.fresh(way),
                  **self.token_fields())
        way = "password grant, password as the name"
        secret = self.fresh(way)
        self.form(way, path, grant_type="password", username=secret, password=secret,
                  **self.token_fields())
        way = "refresh grant, wrong"
        self.form(way, path, grant_type="refresh_token", refresh_token=self.fresh(way),
                  **self.token_fields())
        way = "unknown grant"
        self.form(way, path, grant_type=self.fresh(way), **self.token_fields())
        way = "a field twice"
        secret = self.fresh(way)
        self.ask(way, "POST", path, FORM, body=f"refresh_token={secret}&refresh_token={secret}&" +
                 urllib.parse.urlencode(self.token_fields(grant_type="refresh_token")))
        way = "a form that is malformed"
        self.ask(way, "POST", path, FORM, body=f"password=%zz{self.fresh(way)}")
        way = "a form of another type"
        self.ask(way, "POST", path, "Content-Type: application/json",
                 body=json.dumps({"password": self.fresh(way)}))
        way = "a form that is too large"
        self.ask(way, "POST", path, FORM, body=f"password={self.fresh(way)}" + "x" * 300_000)

    def exchange(self):
        path = "/oauth2/exchange"
        for grant in ["access_token", "refresh_token", "access_token_refresh_token"]:
            fields = {"grant_type": grant, "service": self.service}
            for name in ["access_token", "refresh_token"]:
                if name in grant:
                    fields[name] = self.fresh(f"{name} of exchange, {grant}")
            self.form(f"exchange, {grant}", path, **fields)
        unsigned = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in [
            b'{"alg":"none"}', b'{"iss":"https://issuer.example","sub":"x"}', b"0123456789"])
        self.secrets["a foreign token"] = unsigned
        self.form("exchange, foreign", path, grant_type="access_token", service=self.service,
                  access_token=unsigned)

    def targets(self):
        names = ["access_token", "refresh_token", "id_token", "token", "password", "passwd",
                 "client_secret", "code", "sig", "signature", "X-Amz-Signature", "_state",
                 "Access_Token", "PASSWORD", "pass%77ord", "%70assword"]
        for name in names:
            for path in ["/v2/app/tags/list", "/oauth2/token", "/no/such/route"]:
                way = f"{name} in the query of {path}"
                secret = urllib.parse.quote(self.fresh(way), safe="")
                self.ask(way, "GET", f"{path}?n=1&{name}={secret}&last=a")
        for way, target in [
                ("userinfo of an absolute target", "http://admin:{}@{}/v2/"),
                ("userinfo without a name", "http://{}@{}/v2/app/tags/list"),
                ("userinfo, no route", "http://a:{}@{}/nowhere?x=1"),
                ("userinfo with an @", "http://a:@{}@{}/v2/")]:
            secret = urllib.parse.quote(self.fresh(way), safe="")
            self.ask(way, "GET", target.format(secret, self.service))

    def other_headers(self):
        for name in ["Proxy-Authorization", "Cookie", "X-Api-Key", "X-Registry-Auth", "Referer",
                     "X-Forwarded-For", "X-Forwarded-Host", "x-ms-client-request-id", "Accept",
                     "Range", "If-Match", "Expect", "Content-Type", "Content-Range"]:
            way = f"the header {name}"
            self.ask(way, "GET", "/v2/app/tags/list", f"{name}: {self.fresh(way)}")

    def broken_requests(self):
        for way, head in [
                ("a request without an end", "GET /v2/?password={} HTTP/1.1\nHost: x\n\n"),
                ("an unknown version", "GET /v2/?token={} HTTP/9.9\r\nHost: x\r\n\r\n"),
                ("no Host", "GET /v2/?token={} HTTP/1.1\r\nConnection: close\r\n\r\n"),
                ("a head that is too large", "GET /v2/ HTTP/1.1\r\nHost: x\r\nCookie: {}" +
                 "x" * 40_000 + "\r\n\r\n"),
                ("a target that is malformed", "GET /v2/%zz?token={} HTTP/1.1\r\nHost: x\r\n"
                                               "Connection: close\r\n\r\n"),
                ("a second Host", "GET /v2/?token={} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
                ("CONNECT", "CONNECT a:{}@h:443 HTTP/1.1\r\nHost: x\r\n"
                            "Connection: close\r\n\r\n")]:
            secret = self.fresh(way)
            self.send(way, head.format(urllib.parse.quote(secret, safe="")).encode())
