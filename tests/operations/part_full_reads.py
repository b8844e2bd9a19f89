# SPDX-License-Identifier: Apache-2.0
"""Each GET and HEAD of the data plane answers on a full disk what it answered before, whatever is
left and whatever writes were tried. A write answers 507 or 503 in the envelope, or succeeds."""

import base64
import json
import os
from urllib.parse import urlencode

from admin import WatchedServer
from catalog import check_catalog
from client import OCI_IMAGE, Client, content_of, digest_of, expect, image_of
from disk_full import attempt, fill, mounted

FORM = "application/x-www-form-urlencoded"
LEFT = (0, 4096, 16_384, 65_536)
SMALL, LARGE, CONFIG = content_of(800, "small"), content_of(1_000_000, "large"), b"{}"
IMAGE, SPARE = image_of(CONFIG, [LARGE]), image_of(CONFIG, [SMALL])
SIGNATURE = json.dumps({**json.loads(IMAGE), "subject": {
    "mediaType": OCI_IMAGE, "digest": digest_of(IMAGE), "size": len(IMAGE)}}).encode()
V2, ACR, DELETED = "/v2/faults/app", "/acr/v1/faults/app", "/acr/v1/_deleted/faults/app"
# Nobody reads here what a write that succeeds changes.
OTHER, ACR_OTHER = "/v2/faults/other", "/acr/v1/faults/other"
READS = [
    "/v2/", "/v2/_catalog", f"{V2}/tags/list", f"{V2}/tags/list?n=1", f"{V2}/manifests/v1",
    f"{V2}/manifests/{digest_of(IMAGE)}", f"{V2}/manifests/none", f"{V2}/blobs/{digest_of(LARGE)}",
    f"{V2}/blobs/{digest_of(SMALL)}", f"{V2}/blobs/{digest_of(b'none')}",
    f"{V2}/referrers/{digest_of(IMAGE)}", "/acr/v1/_catalog", ACR, f"{ACR}/_tags",
    f"{ACR}/_tags?orderby=timedesc", f"{ACR}/_tags/v1", f"{ACR}/_manifests",
    f"{ACR}/_manifests/{digest_of(IMAGE)}", "/acr/v1/_deleted/_catalog", f"{DELETED}/_manifests",
    f"{DELETED}/_tags", "/.well-known/jwks.json"]
TOKEN_READ = "/oauth2/token?scope=repository:faults/app:pull&service="  # another each time


class Store:
    """A server with one of each thing, and who may see all of it."""

    def __init__(self, server):
        self.server = server
        self.service = f"{server.host}:{server.port}"
        name = base64.b64encode(f"admin:{server.password()}".encode()).decode()
        self.account = {"Authorization": f"Basic {name}"}
        with Client(server, "faults/other") as client:
            for content in (LARGE, CONFIG):
                client.push_blob(content)
            client.push_manifest("v1", IMAGE)
        with Client(server) as client:
            for content in (SMALL, LARGE, CONFIG):
                client.push_blob(content)
            for tag, manifest in (("v1", IMAGE), ("v2", IMAGE), ("gone", SPARE), ("s", SIGNATURE)):
                client.push_manifest(tag, manifest)
        expect(self.ask("DELETE", f"{V2}/manifests/{digest_of(SPARE)}").status == 202, "DELETE")
        self.sessions = [self.session(content) for content in (b"", SMALL, LARGE)]
        self.refresh = self.token(grant_type="password", username="admin",
                                  password=server.password(), access_type="offline")

    def ask(self, method, target, body=None, more=None):
        headers = {**self.account, **(more or {})}
        return attempt(self.server, lambda c: c.request(method, target, body, headers))

    def session(self, content):
        link = self.ask("POST", f"{V2}/blobs/uploads/").headers["Location"]
        if content:
            expect(self.ask("PATCH", link, content).status == 202, "PATCH with space")
        return link

    def token(self, **form):
        form.update(service=self.service, scope="repository:faults/app:pull")
        answer = attempt(self.server, lambda c: c.request(
            "POST", "/oauth2/token", urlencode(form), {"Content-Type": FORM}))
        expect(answer.status == 200, f"token by {form['grant_type']}: {answer.status}")
        return json.loads(answer.body).get("refresh_token", "")

    def reads(self):
        """{request: what was answered}."""
        seen = {}
        for target in READS:
            for method in ("GET", "HEAD") if "/manifests/" in target or "/blobs/" in target else (
                    "GET",):
                answer = self.ask(method, target)
                seen[method, target] = answer.status, answer.body
        seen[TOKEN_READ] = self.ask("GET", TOKEN_READ + self.service).status
        for link in self.sessions:
            answer = self.ask("GET", link)
            seen[link] = answer.status, answer.headers["Range"]
        self.token(grant_type="refresh_token", refresh_token=self.refresh)
        return seen

    def writes(self):
        json_body, change = {"Content-Type": "application/json"}, '{"writeEnabled": true}'
        none, large = digest_of(b"none"), digest_of(LARGE)
        uploads = f"{OTHER}/blobs/uploads/"
        return [
            ("PUT", f"{OTHER}/manifests/v1", IMAGE, {"Content-Type": OCI_IMAGE}),
            ("POST", uploads, None, None),
            ("POST", f"{uploads}?digest={large}", LARGE, None),
            ("POST", f"{uploads}?mount={large}&from=faults/app", None, None),
            ("PATCH", ACR_OTHER, change, json_body),
            ("PATCH", f"{ACR_OTHER}/_tags/v1", change, json_body),
            ("PATCH", f"{ACR_OTHER}/_manifests/{digest_of(IMAGE)}", change, json_body),
            ("DELETE", f"{OTHER}/manifests/{none}", None, None),
            ("DELETE", f"{OTHER}/blobs/{none}", None, None),
            ("DELETE", f"{ACR_OTHER}/_tags/none", None, None),
            ("DELETE", "/acr/v1/none", None, None),
            ("POST", f"/acr/v1/_deleted/faults/other/_manifests/{none}", None, None)]


def try_writes(store):
    refused = 0
    for method, target, body, headers in store.writes():
        answer = store.ask(method, target, body, headers)
        expect(answer.status in (200, 201, 202, 404, 503, 507),
               f"{method} {target} on a full disk: {answer.status} {answer.body[:200]!r}")
        if answer.status >= 500:
            answer.error_code()
            refused += 1
    return refused


def compare(seen, before, what):
    for request, answer in before.items():
        expect(seen[request] == answer, f"{request} {what}: {seen[request]} and not {answer}")


def reads_as_before(folder, kind):
    with mounted(folder, kind) as disk:
        server = WatchedServer(disk / "data", ["--soft-delete-days", "1"], log_path=folder / "log")
        try:
            store, refused = Store(server), 0
            before = store.reads()
            for left in LEFT:
                fill(disk / "filler")
                os.truncate(disk / "filler", (disk / "filler").stat().st_size - left)
                compare(store.reads(), before, f"with {left} bytes left")
                refused += try_writes(store)
                fill(disk / "rest")
                compare(store.reads(), before, "with nothing left")
                for name in ("filler", "rest"):
                    os.unlink(disk / name)
            expect(refused > 0, "the disk was not full")
            server.await_checks({})
            expect(server.stop() == 0, "exit status")
            check_catalog(server.data)
            return f"{refused} writes refused"
        finally:
            server.kill()


def on_tmpfs(folder):
    """every read on a full tmpfs"""
    return reads_as_before(folder, "tmpfs")


def on_ext4(folder):
    """every read on a full ext4"""
    return reads_as_before(folder, "ext4")


CASES = [on_tmpfs, on_ext4]
