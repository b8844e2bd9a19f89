# SPDX-License-Identifier: Apache-2.0
"""An issuer of tokens for the tables: discovery and one RSA key over http on loopback, and tokens
with whatever claims a table writes down. openssl holds the key."""

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class Issuer:
    def __init__(self, folder):
        self.key = Path(folder) / "issuer.pem"
        self._openssl("genrsa", "-out", str(self.key), "2048")
        modulus = self._openssl("rsa", "-in", str(self.key), "-noout", "-modulus")
        number = bytes.fromhex(modulus.decode().strip().split("=")[1])
        handler = type("Handler", (Handler,), {})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        handler.documents = {
            "/.well-known/openid-configuration": {"issuer": self.url,
                                                  "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one",
                                "n": encoded(number).decode(), "e": "AQAB"}]},
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, claims, seconds=b"600"):
        """The helper `foreign`: `claims` is JSON; iss, iat and exp are added, unless it has them.
        The token ends in `seconds`, or ended if that is negative."""
        now = int(time.time())
        whole = {"iss": self.url, "iat": now - 10000, "exp": now + int(seconds),
                 **json.loads(claims)}
        header = json.dumps({"alg": "RS256", "typ": "JWT", "kid": "one"}).encode()
        signed = encoded(header) + b"." + encoded(json.dumps(whole).encode())
        return signed + b"." + encoded(self._openssl("dgst", "-sha256", "-sign", str(self.key),
                                                     content=signed))

    @staticmethod
    def _openssl(*arguments, content=b""):
        return subprocess.run(["openssl", *arguments], input=content, capture_output=True,
                              check=True).stdout


class Handler(BaseHTTPRequestHandler):
    documents = {}

    def log_message(self, *_arguments):
        pass

    def do_GET(self):
        document = self.documents.get(self.path)
        body = json.dumps(document).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
