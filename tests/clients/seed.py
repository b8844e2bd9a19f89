#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fills a server for the clients that list and delete: many tags, manifests and repositories.

    seed.py HOST:PORT CA-FILE USER:PASSWORD <PLAN >DONE

A line of the plan is `REPOSITORY TAG KEY`. The tag `-` pushes by digest alone; `A,B,C` are tags
of one push, and so of one time. What a key names depends on nothing but the key:

    image:N              an OCI image for linux/amd64
    docker:N             the same with Docker's media types
    index:KEY,KEY        an OCI index of what was pushed into this repository before
    referrer:TYPE:KEY    an OCI artifact of that type whose subject is KEY

DONE has a line `REPOSITORY TAG KEY DIGEST IMAGE-SIZE` for each, in the order of the plan, which is
the order of the pushes: one after the other over one connection.
"""
import base64
import hashlib
import http.client
import json
import ssl
import sys

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
EMPTY = b"{}"
CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {}}).encode()
LAYER = b"the layer of every image"


def descriptor(media_type, data, **more):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    return {"mediaType": media_type, "digest": digest, "size": len(data), **more}


def manifest(media_type, **members):
    document = {"schemaVersion": 2, "mediaType": media_type, **members}
    return media_type, json.dumps(document, indent=1).encode()


def oci_image(number):
    return manifest(
        OCI + "manifest.v1+json",
        config=descriptor(OCI + "config.v1+json", CONFIG),
        layers=[descriptor(OCI + "layer.v1.tar", LAYER)],
        annotations={"number": number},
    )


def docker_image(number):
    return manifest(
        DOCKER + "distribution.manifest.v2+json",
        config=descriptor(DOCKER + "container.image.v1+json", CONFIG),
        layers=[descriptor(DOCKER + "image.rootfs.diff.tar", LAYER, annotations={"n": number})],
    )


def index(keys):
    platform = {"architecture": "amd64", "os": "linux"}
    children = [descriptor(*build(key), platform=platform) for key in keys.split(",")]
    return manifest(OCI + "index.v1+json", manifests=children)


def referrer(rest):
    artifact_type, subject = rest.split(":", 1)
    return manifest(
        OCI + "manifest.v1+json",
        artifactType=artifact_type,
        config=descriptor("application/vnd.oci.empty.v1+json", EMPTY),
        layers=[descriptor("application/vnd.oci.empty.v1+json", EMPTY)],
        subject=descriptor(*build(subject)),
    )


KINDS = {"image": oci_image, "docker": docker_image, "index": index, "referrer": referrer}


def build(key):
    kind, rest = key.split(":", 1)
    return KINDS[kind](rest)


def image_size(data):
    document = json.loads(data)
    if "manifests" in document:
        keys = document["manifests"]
        return len(data) + sum(BUILT[child["digest"]] for child in keys)
    return len(data) + sum(part["size"] for part in [document["config"], *document["layers"]])


BUILT = {}  # digest: image size


class Server:
    def __init__(self, address, ca_file, credentials):
        context = ssl.create_default_context(cafile=ca_file)
        self.connection = http.client.HTTPSConnection(address, context=context, timeout=60)
        token = base64.b64encode(credentials.encode()).decode()
        self.headers = {"Authorization": "Basic " + token}
        self.filled = set()

    def call(self, method, target, body, media_type, wanted):
        headers = {**self.headers, "Content-Type": media_type}
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != wanted:
            sys.exit(f"seed.py: {method} {target}: {answer.status} {text.decode()}")
        return answer

    def fill(self, repository):
        """The blobs that every manifest needs."""
        if repository in self.filled:
            return
        self.filled.add(repository)
        binary = "application/octet-stream"
        for data in (CONFIG, LAYER, EMPTY):
            digest = descriptor(binary, data)["digest"]
            start = self.call("POST", f"/v2/{repository}/blobs/uploads/", b"", binary, 202)
            place = start.headers["Location"]
            place += ("&" if "?" in place else "?") + "digest=" + digest
            self.call("PUT", place, data, binary, 201)

    def push(self, repository, tag, key):
        self.fill(repository)
        media_type, data = build(key)
        digest = descriptor(media_type, data)["digest"]
        reference = digest if tag == "-" else tag
        if "," in tag:
            reference = digest + "?tag=" + tag.replace(",", "&tag=")
        self.call("PUT", f"/v2/{repository}/manifests/{reference}", data, media_type, 201)
        BUILT[digest] = image_size(data)
        return digest


def main():
    server = Server(*sys.argv[1:])
    for line in sys.stdin:
        repository, tag, key = line.split()
        digest = server.push(repository, tag, key)
        print(repository, tag, key, digest, BUILT[digest])


if __name__ == "__main__":
    main()
