# SPDX-License-Identifier: Apache-2.0
"""`berth serve --local`: for developers, on this machine only."""

import base64
import json
import re
import socket
import stat
import subprocess
import time
from urllib.parse import urlencode

from checks import (LOCAL, Connection, Failure, Running, ask, basic, berth, expect, expect_equal,
                    local_context, local_server, log_lines, port_of)
from support.server import Server, StartError, binary_path

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TENANT = "00000000-0000-0000-0000-00000000000a"
# What clients of these tests call the registry, whatever port it has: tokens are for a name.
NAME = "demo.localhost:5443"


def post(port, path, form, host=NAME):
    with Connection(port) as connection:
        connection.host = host
        status, _, body = connection.request("POST", path, FORM, urlencode(form).encode())
        return status, json.loads(body) if body else {}


def catalog(port, headers, host=NAME):
    with Connection(port) as connection:
        connection.host = host
        return connection.request("GET", "/acr/v1/_catalog", headers)[0]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def entra_token(**claims):
    """Shaped like one of Entra ID's; signed by nobody."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    usual = {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "tid": TENANT,
             "oid": "11111111-2222-3333-4444-555555555555", "exp": int(time.time()) + 600}
    wanted = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return ".".join([part({"alg": "RS256", "kid": "x", "typ": "JWT"}), part(wanted), "c2ln"])


def exchange(port, token):
    return post(port, "/oauth2/exchange", {"grant_type": "access_token", "service": NAME,
                                           "tenant": TENANT, "access_token": token})


def access_token(port, refresh_token):
    return post(port, "/oauth2/token", {"grant_type": "refresh_token", "service": NAME,
                                        "scope": "registry:catalog:*",
                                        "refresh_token": refresh_token})


def account(folder):
    """the well-known account and the random admin work, nothing else does; the log warns"""
    with local_server(folder) as server:
        secure, plain = map(port_of, server.urls)
        for port, context in ((secure, local_context(folder)), (plain, None)):
            for given, status in ((LOCAL, 200), (("local", "wrong"), 401),
                                  (("admin", server.password()), 200), (("admin", LOCAL[1]), 401)):
                got = ask(port, context=context, headers=basic(given))[0]
                expect_equal(got, status, f"{given} on {port}")
            expect_equal(ask(port, "/acr/v1/_catalog", context)[0], 401, "anonymous")
        expect_equal(len(log_lines(server, "local_mode")), 1, "warnings in the log")
        expect(LOCAL[1] not in server.log_path.read_text(), "the password is in the log")
        users = berth("user", "list", "--data", server.data, "--output", "json").stdout
        expect('"admin"' in users and '"local"' not in users, users)


def unsigned_tokens(folder):
    """tokens shaped like Entra ID's are exchanged unsigned; their claims are checked"""
    with local_server(folder) as server:
        port = port_of(server.urls[1])
        status, answer = exchange(port, entra_token())
        expect_equal(status, 200, "exchange")
        status, answer = access_token(port, answer["refresh_token"])
        expect_equal(status, 200, "access token")
        expect_equal(catalog(port, bearer(answer["access_token"])), 200, "catalog")
        for what, token in (("expired", entra_token(exp=int(time.time()) - 3600)),
                            ("no tenant", entra_token(tid=None)),
                            ("another tenant", entra_token(tid=TENANT[:-1] + "b")),
                            ("no subject", entra_token(oid=None)),
                            ("no token", "garbage")):
            expect_equal(exchange(port, token)[0], 401, what)


def host_names(folder):
    """NAME.localhost, NAME.azurecr.io, localhost and addresses: certificate, realm, token"""
    with local_server(folder, "--local-names", "berth") as server:
        port = port_of(server.urls[0])
        context = local_context(folder)
        for host in ("localhost", "demo.localhost", "a.b.localhost", "demo.azurecr.io", "berth",
                     "127.0.0.1", "demo.test"):
            with Connection(port, context, host) as connection:
                status, headers, _ = connection.request("GET", "/v2/")
                expect_equal(status, 401, host)
                expect("Strict-Transport-Security" not in headers, "HSTS for a developer's machine")
                expect_equal(headers["Www-Authenticate"],
                             f'Bearer realm="https://{host}:{port}/oauth2/token",'
                             f'service="{host}:{port}"', host)
                status, _, body = connection.request(
                    "GET", f"/oauth2/token?service={host}:{port}&scope=registry:catalog:*",
                    basic(LOCAL))
                expect_equal(status, 200, f"token for {host}")
                token = json.loads(body)["access_token"]
                expect_equal(connection.request("GET", "/acr/v1/_catalog", bearer(token))[0], 200,
                             f"catalog of {host}")


def strange_hosts(folder):
    """a stranger's name that leads here is refused, with the right password too"""
    with local_server(folder) as server:
        secure, plain = map(port_of, server.urls)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example"):
            expect_equal(catalog(plain, basic(LOCAL), f"{host}:{plain}"), 421, host)
            try:
                ask(secure, context=local_context(folder), host=host)
                raise Failure(f"there is a certificate for {host}")
            except OSError:
                pass


def loopback_only(folder):
    """other addresses are refused, unless forced"""
    usual = ["serve", "--local", "--data", folder / "data", "--local-directory", folder / "ca"]
    for words in (["--listen", "0.0.0.0:0"], ["--listen-http", "[::]:0"]):
        done = berth(*usual, *words, check=False)
        expect_equal(done.returncode, 2, f"exit status of {words}")
        expect("others can reach" in done.stderr, done.stderr)
    with Running(folder / "data", ["--local", "--local-anywhere", "--listen-http", "0.0.0.0:0",
                                   "--local-directory", str(folder / "ca")],
                 listen="0.0.0.0:0") as server:
        expect_equal(ask(port_of(server.urls[1]), headers=basic(LOCAL))[0], 200, "forced")


def afterwards(folder):
    """without --local on the same data neither the account nor what it was given is any good"""
    with local_server(folder) as server:
        port = port_of(server.urls[1])
        issued = []
        status, answer = exchange(port, entra_token())
        expect_equal(status, 200, "exchange")
        issued.append(("federated", answer["refresh_token"]))
        for who in (LOCAL, ("admin", server.password())):
            status, answer = post(port, "/oauth2/token", {
                "grant_type": "password", "service": NAME, "username": who[0], "password": who[1],
                "scope": "registry:catalog:*", "access_type": "offline"})
            expect_equal(status, 200, who[0])
            issued.append((who[0], answer["refresh_token"]))
        rows = [(who, refresh, access_token(port, refresh)[1]["access_token"])
                for who, refresh in issued]
        for who, _, access in rows:
            expect_equal(catalog(port, bearer(access)), 200, f"{who} in local mode")
        expect_equal(server.stop(), 0, "exit status")
    with Running(folder / "data") as server:
        for who, refresh, access in rows:
            good = who == "admin"
            expect_equal(catalog(server.port, bearer(access)), 200 if good else 401,
                         f"access token of {who}")
            expect_equal(access_token(server.port, refresh)[0], 200 if good else 401,
                         f"refresh token of {who}")
        expect_equal(catalog(server.port, basic(LOCAL)), 401, "the local account")
        expect_equal(exchange(server.port, entra_token())[0], 401, "an unsigned token")
        expect_equal(catalog(server.port, bearer(rows[-1][2]), "evil.example"), 401,
                     "a name is for local mode to refuse")


def authority_stays(folder):
    """the certificate authority is made once, private, and kept apart from the data"""
    def made(*options, data):
        with local_server(folder, *options, data=data) as server:
            ask(port_of(server.urls[0]), context=local_context(folder))
        return (folder / "authority" / "ca.crt").read_bytes()
    first = made(data="one")
    expect_equal(made("--in-memory", data="two"), first, "authority")
    expect_equal(stat.S_IMODE((folder / "authority").stat().st_mode), 0o700, "directory")
    expect_equal(stat.S_IMODE((folder / "authority" / "ca.key").stat().st_mode), 0o600, "key")
    environment = {"HOME": str(folder), "BERTH_LOCAL": "true", "BERTH_LISTEN": "127.0.0.1:0"}
    done = berth("config", env=environment)
    expect('listen_http = "127.0.0.1:5000"  # from local' in done.stdout, done.stdout)


def port_taken(folder):
    """a port that is in use is named"""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        try:
            Server(folder / "data", ["--local", "--local-directory", str(folder / "ca"),
                                     "--listen-http", f"127.0.0.1:{port}"])
        except StartError as problem:
            expect(f"cannot listen on 127.0.0.1:{port}: Address already in use (--listen-http "
                   "names another address)" in problem.output, problem.output)
            return
    raise Failure("it started")


def printed_token(folder):
    """the token that the banner prints for SDKs is taken"""
    process = subprocess.Popen(
        [binary_path(), "serve", "--local", "--in-memory", "--local-directory", folder / "ca",
         "--listen", "127.0.0.1:0", "--listen-http", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        banner = ""
        while "Also as NAME" not in banner:
            line = process.stdout.readline()
            expect(line, f"ended: {banner}")
            banner += line
        token = re.search(r"TOKEN=(\S+)", banner).group(1)
        port = int(re.search(r"listening +http://127\.0\.0\.1:(\d+)", banner).group(1))
        status, _ = post(port, "/oauth2/exchange", {"grant_type": "access_token", "service": NAME,
                                                    "access_token": token})
        expect_equal(status, 200, "exchange")
    finally:
        process.kill()
        process.wait()


CASES = [account, unsigned_tokens, host_names, strange_hosts, loopback_only, afterwards,
         authority_stays, port_taken, printed_token]
