# SPDX-License-Identifier: Apache-2.0
"""A registry client that hides nothing: raw http.client, every acknowledgement visible."""

import hashlib
import http.client
import json

from support.cases import Failure, expect

SECONDS = 30
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
# What a client sees when the server it talks to is killed.
BROKEN = (OSError, http.client.HTTPException)


def content_of(size, seed):
    """`size` bytes that depend on `seed` alone."""
    return hashlib.shake_256(f"berth {seed}".encode()).digest(size)


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def image_of(config, layers):
    """Manifest bytes naming blobs by content."""
    def descriptor(media_type, content):
        return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
    return json.dumps({
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", one) for one in layers],
    }).encode()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def error_code(self):
        """The code of ACR's envelope; a Failure when the body is none."""
        try:
            return json.loads(self.body)["errors"][0]["code"]
        except (ValueError, KeyError, IndexError, TypeError):
            raise Failure(f"status {self.status}: no error envelope: {self.body[:200]!r}") from None


class Client:
    """One kept-alive connection to one server."""

    def __init__(self, server, repository="faults/app", seconds=SECONDS):
        self.repository = repository
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def request(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body=body, headers=headers or {})
        return Answer(self.connection.getresponse())

    def wanted(self, status, method, target, body=None, headers=None):
        answer = self.request(method, target, body, headers)
        expect(answer.status == status, f"{method} {target[:120]}: expected {status}, "
               f"got {answer.status} {answer.body[:300]!r}")
        return answer

    def path(self, rest):
        return f"/v2/{self.repository}/{rest}"

    def push_blob(self, content):
        digest = digest_of(content)
        self.wanted(201, "POST", self.path(f"blobs/uploads/?digest={digest}"), content)
        return digest

    def start_upload(self):
        return self.wanted(202, "POST", self.path("blobs/uploads/")).headers["Location"]

    def patch(self, link, content, first=None):
        headers = {"Content-Type": "application/octet-stream"}
        if first is not None:
            headers["Content-Range"] = f"{first}-{first + len(content) - 1}"
        return self.request("PATCH", link, content, headers)

    def close_upload(self, link, digest, content=b""):
        return self.request("PUT", f"{link}&digest={digest}", content)

    def upload_offset(self, link):
        """Bytes the server says it holds, None when it does not know the session."""
        answer = self.request("GET", link)
        if answer.status == 404:
            return None
        expect(answer.status == 204, f"upload status: {answer.status} {answer.body[:200]!r}")
        last = int(answer.headers["Range"].split("-")[1])
        return last + 1 if last else 0

    def send_rest(self, link, content):
        """Sends what the server lacks of `content`; answers where it was. It says `0-0` of nothing
        and of one byte: the range of the PATCH finds out."""
        offset = self.upload_offset(link)
        if offset is None or offset == len(content):
            return offset
        answer = self.patch(link, content[offset:], offset)
        if offset == 0 and answer.status == 416:
            offset = 1
            if len(content) == 1:
                return offset
            answer = self.patch(link, content[1:], 1)
        expect(answer.status == 202, f"going on at {offset}: {answer.status} "
               f"{answer.body[:200]!r}")
        return offset

    def put_manifest(self, reference, manifest):
        return self.request("PUT", self.path(f"manifests/{reference}"), manifest,
                            {"Content-Type": OCI_IMAGE})

    def push_manifest(self, reference, manifest):
        answer = self.put_manifest(reference, manifest)
        expect(answer.status == 201, f"PUT manifest: {answer.status} {answer.body[:300]!r}")

    def get_manifest(self, reference):
        """Its bytes, None when there is none."""
        answer = self.request("GET", self.path(f"manifests/{reference}"))
        expect(answer.status in (200, 404), f"GET manifest {reference}: {answer.status}")
        return answer.body if answer.status == 200 else None

    def get_blob(self, digest):
        answer = self.request("GET", self.path(f"blobs/{digest}"))
        expect(answer.status in (200, 404), f"GET blob {digest}: {answer.status} "
               f"{answer.body[:200]!r}")
        return answer.body if answer.status == 200 else None

    def check_blob(self, content):
        digest = digest_of(content)
        expect(self.get_blob(digest) == content, f"blob {digest} of {len(content)} bytes is not "
               "what was acknowledged")
