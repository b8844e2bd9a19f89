# SPDX-License-Identifier: Apache-2.0
"""What the tables run over: plain TCP, or TLS with a certificate made for the run and verified."""

import ssl
import subprocess
from pathlib import Path


class Transport:
    """`options` go to the server, `context` (None: plain) wraps the client's sockets."""

    def __init__(self, name, options=(), context=None):
        self.name = name
        self.options = list(options)
        self.context = context


def plain():
    return Transport("http")


def tls(folder):
    certificate, key = Path(folder) / "server.crt", Path(folder) / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=berth test", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True)
    return Transport("tls", ["--tls-cert", str(certificate), "--tls-key", str(key)],
                     ssl.create_default_context(cafile=str(certificate)))
