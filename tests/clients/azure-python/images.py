# SPDX-License-Identifier: Apache-2.0
"""Makes images, indexes and artifacts and pushes them through the SDK."""

import hashlib
import json
import os

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(media_type, data):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


class Image:
    """What is pushed: a manifest, the blobs or children it names, and what is known of it."""

    def __init__(self, document, blobs=(), children=(), architecture=None, system=None):
        self.document = document
        self.media_type = document["mediaType"]
        self.data = json.dumps(document).encode()
        self.digest = digest_of(self.data)
        self.blobs = list(blobs)
        self.children = list(children)
        self.architecture = architecture
        self.system = system
        parts = sum(map(len, self.blobs)) + sum(child.size for child in self.children)
        self.size = len(self.data) + parts

    @property
    def layer_digest(self):
        return digest_of(self.blobs[1])


def make_image(architecture="amd64", system="linux", docker=False):
    """The bytes of an image nobody has pushed yet."""
    layer = os.urandom(3000)
    rootfs = {"type": "layers", "diff_ids": [digest_of(layer)]}
    config = json.dumps({"architecture": architecture, "os": system, "rootfs": rootfs}).encode()
    document = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
        "config": descriptor(DOCKER_CONFIG if docker else OCI_CONFIG, config),
        "layers": [descriptor(DOCKER_LAYER if docker else OCI_LAYER, layer)],
    }
    return Image(document, [config, layer], architecture=architecture, system=system)


def make_artifact():
    """No image config, so neither architecture nor operating system."""
    config, layer = b"{}", os.urandom(500)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.test.files",
        "config": descriptor("application/vnd.oci.empty.v1+json", config),
        "layers": [descriptor("text/plain", layer)],
    }
    return Image(document, [config, layer])


def make_index(children, media_type=OCI_INDEX):
    manifests = [
        {
            **descriptor(child.media_type, child.data),
            "platform": {"architecture": child.architecture, "os": child.system},
        }
        for child in children
    ]
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
    return Image(document, children=children)


def push(registry, repository, image, tag=None):
    """Children first; untagged without a tag."""
    for child in image.children:
        push(registry, repository, child)
    for blob in image.blobs:
        registry.upload(repository, blob)
    registry.put(repository, image, tag)
    return image
