# SPDX-License-Identifier: Apache-2.0
"""What the https port asks of clients, and two addresses side by side."""

import ssl
import subprocess

from checks import (Connection, Running, ask, berth, expect, expect_equal, log_lines, port_of, raw,
                    tls_init, tls_options, trusting)


def make_client(folder, name):
    """An authority NAME-ca.pem and a certificate NAME.pem of it for a client, by openssl."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={name} authority",
            "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem")
    openssl("req", *curve, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem",
            "-CAkey", f"{name}-ca.key", "-CAcreateserial", "-days", "2", "-out", f"{name}.pem")


def outcome(server, folder, client=None):
    """The status of GET /v2/, or None when the connection is refused."""
    pair = (folder / f"{client}.pem", folder / f"{client}.key") if client else ()
    try:
        return ask(server.port, context=trusting(folder / "tls" / "ca.crt", *pair))[0]
    except (ssl.SSLError, ConnectionError):
        return None


def client_certificates(folder):
    """certificates of clients: ignored, requested, required"""
    tls_init(folder / "tls")
    make_client(folder, "friend")
    make_client(folder, "stranger")
    authority = ["--tls-client-ca", str(folder / "friend-ca.pem")]
    wanted = {"ignored": {None: 401, "friend": 401, "stranger": 401},
              "requested": {None: 401, "friend": 401, "stranger": None},
              "required": {None: None, "friend": 401, "stranger": None}}
    for mode, rows in wanted.items():
        options = tls_options(folder / "tls") + ["--log-level", "debug"]
        if mode != "ignored":
            options += ["--tls-client-certificates", mode] + authority
        with Running(folder / mode, options) as server:
            for client, status in rows.items():
                expect_equal(outcome(server, folder, client), status, f"{mode}, {client}")
            named = [line for line in log_lines(server, "tls_client") if "CN=friend" in line]
            expect_equal(len(named), 0 if mode == "ignored" else 1, f"{mode}: friend in the log")


def client_authority_missing(folder):
    """asking for certificates without saying whose is a mistake in the settings"""
    tls_init(folder / "tls")
    for mode in ("requested", "required"):
        done = berth("serve", "--data", folder / "data", *tls_options(folder / "tls"),
                     "--tls-client-certificates", mode, check=False)
        expect_equal(done.returncode, 2, "exit status")
        expect("tls.client_ca" in done.stderr, done.stderr)


def plain_http(folder):
    """plain http on the https port is told so, and nothing of it is logged as a request"""
    tls_init(folder / "tls")
    with Running(folder / "data", tls_options(folder / "tls")) as server:
        for sent in (b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"PATCH /v2/a/blobs/uploads/1 HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 100000\r\n\r\n" + 100_000 * b"x"):
            answer = raw(server.port, sent)
            expect(answer.startswith(b"HTTP/1.1 400 "), answer)
            expect(b"This port speaks https" in answer, answer)
            length = int(answer.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            expect_equal(len(answer.split(b"\r\n\r\n", 1)[1]), length, "body")
        expect_equal(log_lines(server, "request"), [], "requests in the log")
        expect_equal(outcome(server, folder), 401, "https afterwards")


def protocols(folder):
    """TLS 1.2 and 1.3, nothing older, HTTP/1.1 for who wants it, HSTS on what is answered"""
    tls_init(folder / "tls")
    with Running(folder / "data", tls_options(folder / "tls")) as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = trusting(folder / "tls" / "ca.crt")
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["http/1.1"])
            with Connection(server.port, context) as connection:
                expect_equal(connection.inner.sock.selected_alpn_protocol(), "http/1.1", "ALPN")
                _, headers, _ = connection.request("GET", "/v2/")
                expect("Strict-Transport-Security" in headers, "no HSTS")
        # OpenSSL itself refuses to speak the old ones at its usual security level.
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_1", "-cipher",
             "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            check=False)
        expect(done.returncode != 0, "TLS 1.1 was accepted")


def chosen(port, folder, *offered):
    context = trusting(folder / "tls" / "ca.crt")
    if offered:
        context.set_alpn_protocols(list(offered))
    with Connection(port, context) as connection:
        return connection.inner.sock.selected_alpn_protocol()


def http2(folder):
    """HTTP/2 where the client offers it and the settings do not say otherwise"""
    tls_init(folder / "tls")
    for setting, best in (("true", "h2"), ("false", "http/1.1")):
        options = tls_options(folder / "tls") + ["--server-http2", setting, "--log-level", "debug"]
        with Running(folder / setting, options) as server:
            expect_equal(chosen(server.port, folder, "h2", "http/1.1"), best, "both offered")
            expect_equal(chosen(server.port, folder, "http/1.1", "h2"), best, "the other order")
            expect_equal(chosen(server.port, folder, "http/1.1"), "http/1.1", "only HTTP/1.1")
            expect_equal(chosen(server.port, folder), None, "nothing offered")
            done = subprocess.run(
                ["curl", "--silent", "--show-error", "--cacert", str(folder / "tls" / "ca.crt"),
                 "--write-out", "%{http_version} %{http_code}", "--output", "/dev/null",
                 f"https://localhost:{server.port}/v2/"], capture_output=True, timeout=60,
                check=False)
            expect_equal(done.stdout.decode(), "2 401" if best == "h2" else "1.1 401", "curl")
            spoken = log_lines(server, "tls_connection")
            expect_equal(sum("protocol=h2" in line for line in spoken), 3 if best == "h2" else 0,
                         "connections that spoke HTTP/2 in the log")


def two_addresses(folder):
    """https and http side by side: one store, realms that follow the scheme, one drain"""
    tls_init(folder / "tls")
    options = tls_options(folder / "tls") + ["--listen-http", "127.0.0.1:0"]
    with Running(folder / "data", options) as server:
        expect_equal([url.split(":")[0] for url in server.urls], ["https", "http"], "schemes")
        secure, plain = map(port_of, server.urls)
        for port, context, scheme in ((secure, trusting(folder / "tls" / "ca.crt"), "https"),
                                      (plain, None, "http")):
            status, headers, _ = ask(port, context=context)
            expect_equal(status, 401, scheme)
            expect(f'realm="{scheme}://localhost:{port}/oauth2/token"' in
                   headers["Www-Authenticate"], headers["Www-Authenticate"])
        expect_equal(server.stop(), 0, "exit status")
        for port in (secure, plain):
            try:
                raw(port, b"")
                expect(False, f"{port} still accepts")
            except ConnectionError:
                pass


CASES = [client_certificates, client_authority_missing, plain_http, protocols, http2,
         two_addresses]
