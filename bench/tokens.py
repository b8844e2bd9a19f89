# SPDX-License-Identifier: Apache-2.0
"""Servers that check bearer tokens, each with one that lets its bearer pull. Berth issues its own;
docker-registry and distribution believe an issuer, whose part openssl plays here."""

import base64
import contextlib
import json
import socket
import subprocess
import time
import urllib.parse

import seed
import work
from servers import REPOSITORY, Berth
from support.management import Management

SERVICE = "bench"
ROWS = {"GET manifest by tag": work.path("manifests/latest"),
        "GET 1 KiB blob": work.path("blobs/" + work.digest_of(work.SMALL))}


def url_safe(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Issuer:
    """RSA, because all three of Go's registries take RS256."""

    def __init__(self, folder):
        self.cert, self.key = folder / "issuer.pem", folder / "issuer.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                        "-subj", "/CN=bench", "-keyout", self.key, "-out", self.cert],
                       check=True, capture_output=True)

    def token(self):
        chain = "".join(self.cert.read_text().splitlines()[1:-1])
        head = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
        now = int(time.time())
        claims = {"iss": SERVICE, "sub": "robot", "aud": SERVICE, "exp": now + 86400,
                  "nbf": now - 60, "iat": now - 60, "jti": "1",
                  "access": [{"type": "repository", "name": REPOSITORY,
                              "actions": ["pull", "push"]}]}
        signed = ".".join(url_safe(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                                   input=signed.encode(), capture_output=True, check=True).stdout
        return f"Bearer {signed}.{url_safe(signature)}"

    def settings(self):
        """For the configuration of docker-registry and distribution."""
        return (f"auth: {{token: {{realm: 'http://127.0.0.1/token', service: {SERVICE}, "
                f"issuer: {SERVICE}, rootcertbundle: {self.cert}}}}}\n")


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def post_form(target, **fields):
    body = urllib.parse.urlencode(fields).encode()
    return (f"POST {target} HTTP/1.1\r\nHost: {SERVICE}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n").encode() + body


def with_authorization(request, authorization):
    head, blank, body = request.partition(b"\r\n\r\n")
    return head + f"\r\nAuthorization: {authorization}".encode() + blank + body


def ask(server, request):
    """The JSON of one answer."""
    with socket.create_connection(("127.0.0.1", server.port), 30) as link:
        link.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        received = b""
        while piece := link.recv(65536):
            received += piece
    if not received.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(received[:300])
    return json.loads(received.partition(b"\r\n\r\n")[2])


def of_berth(server):
    """A token Berth issues to an account that it makes."""
    made = Management(server.data)("user", "create", "robot", "--scope-map",
                                   "_repositories_admin")
    answer = ask(server, post_form(
        "/oauth2/token", grant_type="password", service=SERVICE, username="robot",
        scope=f"repository:{REPOSITORY}:pull", password=made["passwords"][0]["password"],
        access_type="offline"))
    return f"Bearer {answer['access_token']}"


@contextlib.contextmanager
def servers(bench):
    """Pairs of a server that holds the small image and a token for it. The image is pushed before
    the peers are told to check tokens."""
    kinds = [Berth] + [kind for kind in bench.kinds
                       if kind.name in ("docker-registry", "distribution")]
    issuer = Issuer(bench.folder)
    with bench.servers(kinds) as running:
        seed.image(bench, running)
        pairs = []
        for server in running:
            if server.name == "berth":
                pairs.append((server, of_berth(server)))
            else:
                server.more_settings = issuer.settings()
                server.restart()
                pairs.append((server, issuer.token()))
        yield pairs
