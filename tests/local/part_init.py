# SPDX-License-Identifier: Apache-2.0
"""`berth tls init`, and what clients make of its certificates."""

import os
import shutil
import stat
import subprocess

from checks import (Failure, Running, ask, berth, expect, expect_equal, tls_init, tls_options,
                    trusting)

NAMES = ["--name", "localhost", "--name", "127.0.0.1", "--name", "registry.example.com"]


def files(folder):
    """keys are private, the authority stays, the certificate is a new one each time"""
    first, second = tls_init(folder / "tls"), tls_init(folder / "tls")
    expect(first["authority"]["is_new"] and not second["authority"]["is_new"], "is_new")
    expect_equal(first["authority"]["subject"], second["authority"]["subject"], "authority")
    expect(first["server"]["serial"] != second["server"]["serial"], "the certificate is the same")
    for name, mode in (("ca.key", 0o600), ("server.key", 0o600), ("ca.crt", 0o644)):
        expect_equal(stat.S_IMODE((folder / "tls" / name).stat().st_mode), mode, name)
    expect({"localhost", "127.0.0.1", "::1"} <= set(first["server"]["names"]), "usual names")
    text = berth("tls", "init", folder / "tls").stdout
    for word in ("certs.d", "hosts.toml", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "keytool",
                 "update-ca-certificates", str(folder / "tls" / "ca.crt")):
        expect(word in text, f"{word} is not in\n{text}")
    berth("tls", "init", "--data", folder / "data")
    expect((folder / "data" / "tls" / "server.crt").exists(), "the usual place is DATA/tls")


def refusals(folder):
    """names that are none, and names that the authority was not made for"""
    done = berth("tls", "init", folder / "a", "--name", "a b", check=False)
    expect_equal((done.returncode, (folder / "a").exists()), (2, False), "a bad name")
    tls_init(folder / "b", "--name", "one.example.com", "--domain", "example.org")
    tls_init(folder / "b", "--name", "two.example.org")
    done = berth("tls", "init", folder / "b", "--name", "two.example.com", check=False)
    expect_equal(done.returncode, 2, "a name outside")
    expect("may not sign for 'two.example.com'" in done.stderr, done.stderr)


def verify(folder):
    """openssl verify, strictly, with the names; a chain that oversteps the constraint fails"""
    tls_init(folder, *NAMES)

    def openssl(*words):
        return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True,
                              timeout=60, check=False)

    for words in (["-verify_hostname", "registry.example.com"], ["-verify_ip", "127.0.0.1"]):
        done = openssl("verify", "-x509_strict", "-purpose", "sslserver", *words, "-CAfile",
                       "ca.crt", "server.crt")
        expect_equal(done.returncode, 0, done.stdout + done.stderr)
    # What a thief of the key could do.
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=thief", "-keyout", "thief.key", "-out", "thief.csr")
    (folder / "thief.ext").write_text("subjectAltName=DNS:www.example.net\n")
    openssl("x509", "-req", "-in", "thief.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "thief.ext", "-out", "thief.crt")
    done = openssl("verify", "-CAfile", "ca.crt", "thief.crt")
    expect("permitted subtree violation" in done.stdout + done.stderr, done.stdout + done.stderr)


def curl(port, authority, host):
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", str(authority),
         "--resolve", f"{host}:{port}:127.0.0.1", f"https://{host}:{port}/v2/"],
        capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else f"curl {done.returncode}"


def names_checked(folder):
    """curl and Python take the certificate under its names, and only under these"""
    tls_init(folder / "tls", *NAMES)
    tls_init(folder / "other")
    with Running(folder / "data", tls_options(folder / "tls")) as server:
        authority = folder / "tls" / "ca.crt"
        for host in ("localhost", "registry.example.com"):
            expect_equal(ask(server.port, context=trusting(authority), host=host)[0], 401, host)
            expect_equal(curl(server.port, authority, host), "401", host)
        for host in ("other.example.com", "127.0.0.2"):
            try:
                ask(server.port, context=trusting(authority), host=host)
                raise Failure(f"Python took {host}")
            except OSError:
                pass
            expect_equal(curl(server.port, authority, host), "curl 60", host)
        expect_equal(curl(server.port, folder / "other" / "ca.crt", "localhost"), "curl 60",
                     "another authority")


JAVA = """import java.net.*;
public class Ask {
    public static void main(String[] words) throws Exception {
        var connection = (HttpURLConnection) new URL(words[0]).openConnection();
        System.out.print(connection.getResponseCode());
    }
}
"""
GO = """package main

import ("fmt"; "net/http"; "os")

func main() {
    response, err := http.Get(os.Args[1])
    if err != nil { fmt.Print(err); return }
    fmt.Print(response.StatusCode)
}
"""


def other_clients(folder):
    """Node, Go and Java, where they are installed"""
    tls_init(folder / "tls", *NAMES)
    authority = folder / "tls" / "ca.crt"
    (folder / "ask.go").write_text(GO)
    (folder / "Ask.java").write_text(JAVA)
    done = []
    with Running(folder / "data", tls_options(folder / "tls")) as server:
        for host in ("localhost", "127.0.0.1"):
            url = f"https://{host}:{server.port}/v2/"
            rows = {
                "node": (["node", "-e", f"fetch('{url}').then(r => console.log(r.status), "
                          "e => console.log(e.cause))"], {"NODE_EXTRA_CA_CERTS": str(authority)}),
                "go": (["go", "run", "ask.go", url],
                       {"SSL_CERT_FILE": str(authority), "GO111MODULE": "off"}),
                "java": (["java", "-Djavax.net.ssl.trustStore=store.p12",
                          "-Djavax.net.ssl.trustStorePassword=changeit", "Ask.java", url], {}),
            }
            for name, (command, more) in rows.items():
                if not shutil.which(name):
                    continue
                if name == "java" and not (folder / "store.p12").exists():
                    run(folder, ["keytool", "-importcert", "-noprompt", "-keystore", "store.p12",
                                 "-storepass", "changeit", "-alias", "berth", "-file",
                                 str(authority)], {})
                expect_equal(run(folder, command, more).strip(), "401", f"{name}, {host}")
                done.append(name)
    return "with " + ", ".join(sorted(set(done)))


def run(folder, command, more):
    return subprocess.run(command, cwd=folder, env={**os.environ, **more}, capture_output=True,
                          text=True, timeout=120, check=False).stdout


CASES = [files, refusals, verify, names_checked, other_clients]
