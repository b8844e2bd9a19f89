# SPDX-License-Identifier: Apache-2.0
"""Documents that cost their reader more than their writer."""

import json
import threading
import time

from target import OCI_IMAGE, Target, close_all, digest_of, expect

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MIB = 1 << 20


def manifest(config, **more):
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_IMAGE, "layers": [],
        "config": {"mediaType": CONFIG_TYPE, "digest": digest_of(config), "size": len(config)},
        **more}).encode()


def with_member(text, member):
    """The JSON object `text` with another member, written as it is."""
    return text[:-1] + b"," + member + b"}"


def hostile_texts():
    """JSON texts of up to 4 MiB, members of an object."""
    return {
        "deep arrays": b'"x":' + b"[" * MIB + b"]" * MIB,
        "deep objects": b'"x":' + b'{"a":' * 500_000 + b"1" + b"}" * 500_000,
        "many values": b'"x":[' + b"1," * 1_900_000 + b"1]",
        "empty arrays": b'"x":[' + b"[]," * 1_200_000 + b"[]]",
        "empty objects": b'"x":[' + b"{}," * 1_200_000 + b"{}]",
        "long number": b'"x":' + b"9" * 3_900_000,
        "long fraction": b'"x":0.' + b"1" * 3_900_000,
        "large exponents": b'"x":[' + b"1e999999999," * 300_000 + b"1]",
        "same names": b'"x":{' + b'"a":1,' * 600_000 + b'"a":1}',
        "escapes": b'"x":"' + rb"\u0000" * 600_000 + b'"',
        "half surrogates": b'"x":"' + rb"\ud800" * 600_000 + b'"',
        "bytes that are no text": b'"x":"' + b"\xff\xfe\xc0\x80" * 900_000 + b'"',
        "zero bytes": b'"x":"' + b"\x00" * 3_900_000 + b'"',
        "annotations": b'"annotations":{' + b",".join(b'"%d":""' % i for i in range(250_000))
                       + b"}",
        "descriptors": b'"layers":[' + b"{}," * 1_200_000 + b"{}]",
        "no end": b'"x":"' + b"a" * 3_900_000,
    }


def manifests(context):
    """hostile manifests: 400 each, eight at once, 4 MiB each"""
    with Target(context, growth_kib=384 * 1024) as target:
        base = manifest(b"{}").replace(b'"layers": [], ', b"")
        wrong = []

        def push(names):
            for name in names:
                status, body = target.put_manifest("x", with_member(base, texts[name]))
                if status != 400 or b'"errors"' not in body:
                    wrong.append(f"{name}: {status} {body[:100]!r}")

        texts = hostile_texts()
        names = list(texts)
        threads = [threading.Thread(target=push, args=(names[i:] + names[:i],))
                   for i in range(0, 16, 2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        expect(not wrong, "; ".join(wrong[:3]))
    return target.note


def configs(context):
    """hostile configs are blobs like others: their images are pushed and pulled"""
    with Target(context, growth_kib=192 * 1024) as target:
        for name, text in hostile_texts().items():
            config = (b"{" + text)[:MIB - 1] + b"}"
            target.push_blob(config)
            tag = name.replace(" ", "-")
            status, body = target.put_manifest(tag, manifest(config))
            expect(status == 201, f"{name}: {status} {body[:200]!r}")
            status, _ = target.ask("GET", f"/v2/app/manifests/{tag}",
                                   headers={"Accept": OCI_IMAGE})
            expect(status == 200, f"{name}: {status}")
            status, _ = target.ask("GET", f"/acr/v1/app/_manifests/{digest_of(manifest(config))}")
            expect(status == 200, f"{name}: its attributes: {status}")
    return target.note


def attributes(context):
    """hostile bodies of PATCH and of token requests: refused, or read and forgotten"""
    with Target(context) as target:
        target.push_blob(b"{}")
        expect(target.put_manifest("v1", manifest(b"{}"))[0] == 201, "a manifest")
        for name, text in hostile_texts().items():
            for body in (b"{" + text[:60_000] + b"}", b"{" + text + b"}"):
                status, _ = target.ask("PATCH", "/acr/v1/app/_tags/v1", body)
                expect(status in (200, 400, 413), f"{name}: {status}")  # unknown members may be
                status, _ = target.ask("POST", "/oauth2/token", body,
                                       {"Content-Type": "application/x-www-form-urlencoded"})
                expect(status in (400, 413), f"{name} as a form: {status}")
    return target.note


def bodies_that_wait(context):
    """manifests that do not end fill the memory for bodies and no more: others get 503"""
    most = 16 * MIB
    with Target(context, ["--limits-body-memory-bytes-max", str(most), "--limits-body-timeout",
                          "8s"], growth_kib=3 * most // 1024) as target:
        head = b"PUT /v2/app/manifests/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4194304\r\n\r\n"
        connections = [target.connect() for _ in range(40)]

        def send(plain):
            try:
                plain.sendall(head + b"[" * (4 * MIB - 10))
            except OSError:
                pass  # it was refused

        threads = [threading.Thread(target=send, args=(plain,)) for plain in connections]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        refused = sum(b" 503 " in first_bytes(plain) for plain in connections)
        expect(refused >= 36, f"{refused} of 40 were refused")
        close_all(connections)
        deadline = time.monotonic() + 30
        while target.put_manifest("x", b"{" + b" " * MIB)[0] != 400:
            expect(time.monotonic() < deadline, "the memory was not given back")
            time.sleep(0.1)
    return target.note


def first_bytes(plain):
    try:
        return plain.recv(1000)
    except OSError:
        return b""


CASES = [manifests, configs, attributes, bodies_that_wait]
