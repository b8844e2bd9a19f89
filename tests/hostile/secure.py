# SPDX-License-Identifier: Apache-2.0
"""TLS and HTTP/2: what is no handshake, half of one, or too much behind it."""

import os
import ssl
import struct
import subprocess
import time

from target import Target, close_all, drip, expect

MANY = 300


def certificate(context):
    """Options of a server with a certificate made for the run; and what its clients need."""
    cert, key = context.folder / "cert.pem", context.folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    client = ssl._create_unverified_context()  # the certificate was made for the run
    return ["--tls-cert", str(cert), "--tls-key", str(key)], client


def secured(context, **more):
    options, client = certificate(context)
    return Target(context, options, secure=client, **more)


def garbage(context):
    """300 connections with garbage for a handshake: each is ended"""
    openings = [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", bytes(500),
                b"\x16\x03\x01\xff\xff" + bytes(100), b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff",
                os.urandom(300), b"\x80\x80\x01\x03\x01",
                b"\x15\x03\x03\x00\x02\x02\x28", b"\x17\x03\x03\x40\x00" + bytes(20_000)]
    with secured(context) as target:
        connections = [target.connect() for _ in range(MANY)]
        for number, plain in enumerate(connections):
            plain.send(openings[number % len(openings)])
        left = drip(connections, [b"\x00"], 30)
        expect(left == 0, f"{left} still open")
        close_all(connections)
    return target.note


def half_handshakes(context):
    """300 handshakes that stop half-way: each is ended"""
    with secured(context) as target:
        hello = client_hello()
        connections = [target.connect() for _ in range(MANY)]
        for number, plain in enumerate(connections):
            plain.send(hello[:number % (len(hello) + 1)])
        left = drip(connections, [b""], 30)
        expect(left == 0, f"{left} still open")
        close_all(connections)
    return target.note


def client_hello():
    outgoing = ssl.MemoryBIO()
    session = ssl._create_unverified_context().wrap_bio(ssl.MemoryBIO(), outgoing,
                                                        server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def handshakes(context):
    """1,000 handshakes, each left at once"""
    with secured(context) as target:
        for number in range(1000):
            plain = target.connect()
            if number % 2:
                plain.send(client_hello())
                plain.recv(10)
                plain.close()
            else:
                target.secure.wrap_socket(plain, server_hostname="localhost").close()
    return target.note


def renegotiation(context):
    """TLS 1.2: a client that wants to renegotiate gets nowhere"""
    with secured(context) as target:
        for _ in range(5):
            done = subprocess.run(
                ["openssl", "s_client", "-tls1_2", "-connect",
                 f"{target.server.host}:{target.server.port}"],
                input=b"R\nGET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n", capture_output=True,
                timeout=60, check=False)
            expect(b"HTTP/1.1 200" not in done.stdout, "answered after a renegotiation")
            expect(b"RENEGOTIATING" in done.stderr + done.stdout, "nothing was renegotiated")
    return target.note


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
# :method GET, :scheme https, :path /, and a literal :authority "a".
HEADERS = b"\x82\x87\x84\x01\x01a"


def http2(target):
    client = ssl._create_unverified_context()
    client.set_alpn_protocols(["h2"])
    secure = client.wrap_socket(target.connect(), server_hostname="localhost")
    expect(secure.selected_alpn_protocol() == "h2", "no HTTP/2")
    secure.sendall(GREETING)
    return secure


def cut_off(secure, pieces):
    """Sends until the server ends the connection, at the latest some seconds after its last word.
    Answers whether it did."""
    try:
        for piece in pieces:
            secure.sendall(piece)
        while secure.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def frames(context):
    """HTTP/2: floods of PING, SETTINGS, resets, empty DATA, CONTINUATION: each is cut off"""
    def resets():
        for stream in range(1, 1 << 20, 200):
            yield b"".join(frame(1, 5, each, HEADERS) + frame(3, 0, each, struct.pack(">I", 8))
                           for each in range(stream, stream + 200, 2))

    # A field of 4 KiB that enters the table, to be referred to with a byte.
    large = HEADERS + b"\x40\x01x\x7f\x80\x1f" + b"a" * 4095
    floods = {
        "PING": lambda: (frame(6, 0, 0, bytes(8)) * 1000 for _ in range(100_000)),
        "SETTINGS": lambda: (frame(4, 0, 0, b"") * 1000 for _ in range(100_000)),
        "PRIORITY": lambda: (frame(2, 0, 1, bytes(5)) * 1000 for _ in range(100_000)),
        "resets": resets,
        "empty DATA": lambda: [frame(1, 4, 1, HEADERS)] + [frame(0, 0, 1, b"") * 1000] * 1000,
        "CONTINUATION": lambda: [frame(1, 0, 1, HEADERS)] + [frame(9, 0, 1, b"") * 100] * 10_000,
        "long CONTINUATION": lambda: [frame(1, 0, 1, HEADERS)]
                             + [frame(9, 0, 1, (b"\x00\x01x\x7f\x00" + b"a" * 127) * 100)] * 10_000,
        "HPACK references": lambda: [frame(1, 0, 1, large)]
                            + [frame(9, 0, 1, b"\xbe" * 16_000)] * 50,
        "garbage": lambda: (os.urandom(4000) for _ in range(1000)),
    }
    with secured(context) as target:
        for name, pieces in floods.items():
            with http2(target) as secure:
                expect(cut_off(secure, pieces()), f"{name}: not cut off")
    return target.note


def windows(context):
    """HTTP/2: 100 downloads whose windows stay closed, on 10 connections: each ends"""
    with secured(context) as target:
        digest = target.push_blob(b"0123456789abcdef" * (1 << 19))
        target.resident = target.memory_kib("VmRSS")
        path = f"/v2/app/blobs/{digest}".encode()
        block = b"\x82\x87\x44" + bytes([len(path)]) + path + b"\x01\x01a"
        connections = [http2(target) for _ in range(10)]
        for secure in connections:
            secure.sendall(frame(4, 0, 0, struct.pack(">HI", 4, 0)) +
                           b"".join(frame(1, 5, each, block) for each in range(1, 20, 2)))
        await_descriptors(target, lambda count: count > target.descriptors + 80)  # begun
        await_descriptors(target, lambda count: count < target.descriptors + 40)  # and ended
        close_all(connections)
    return target.note


def await_descriptors(target, wanted):
    deadline = time.monotonic() + 30
    while not wanted(target.count_descriptors()):
        expect(time.monotonic() < deadline, f"{target.count_descriptors()} descriptors")
        time.sleep(0.02)


CASES = [garbage, half_handshakes, handshakes, renegotiation, frames, windows]
