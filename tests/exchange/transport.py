# SPDX-License-Identifier: Apache-2.0
"""What the tables run over: HTTP/1.1 on plain TCP, and HTTP/1.1 and HTTP/2 on TLS with a
certificate made for the run and verified."""

import ssl
import subprocess
from pathlib import Path

from wire import Connection
from wire_h2 import H2Connection


class Transport:
    """`options` go to the server, `context` (None: plain) wraps the client's sockets."""

    def __init__(self, name, options=(), context=None, is_http2=False):
        self.name = name
        self.options = list(options)
        self.context = context
        self.is_http2 = is_http2

    def connect(self, host, port):
        kind = H2Connection if self.is_http2 else Connection
        return kind(host, port, self.context)


def plain():
    return Transport("http")


def tls(folder):
    options, context = _secure(Path(folder))
    return Transport("tls", options, context)


def http2(folder):
    options, context = _secure(Path(folder))
    context.set_alpn_protocols(["h2", "http/1.1"])
    return Transport("h2", options, context, is_http2=True)


def _secure(folder):
    certificate, key = folder / "server.crt", folder / "server.key"
    if not certificate.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=berth test", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True)
    return (["--tls-cert", str(certificate), "--tls-key", str(key)],
            ssl.create_default_context(cafile=str(certificate)))
