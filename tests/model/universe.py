# SPDX-License-Identifier: Apache-2.0
"""What there is to push: a few blobs and manifests, the same for every repository and every run.
What follows from bytes alone (digest, imageSize, architecture, references) is worked out here."""

import hashlib
import json

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

REPOSITORIES = ("m", "model/app", "model/app-x", "model/base", "model/x/y")
TAGS = ("1-0", "1.0", "A", "_x", "a", "a.b", "latest", "v2")
NO_DIGEST = "sha256:" + hashlib.sha256(b"nobody pushes this").hexdigest()
SBOM = "application/vnd.example.sbom+json"
SIGNATURE = "application/vnd.example.signature"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":"))


class Blob:
    def __init__(self, content):
        self.content = content
        self.digest = digest_of(content)


class Content:
    """A manifest as bytes, and what those bytes say."""

    def __init__(self, name, document, parts=(), children=(), platform=(None, None)):
        self.name = name
        self.document = document
        self.bytes = compact(document).encode()
        self.digest = digest_of(self.bytes)
        self.media_type = document["mediaType"]
        self.parts = list(parts)  # blobs: the config, then the layers
        self.children = list(children)
        self.architecture, self.os = platform
        self.config_media_type = document.get("config", {}).get("mediaType")
        self.artifact_type = document.get("artifactType") or self.config_media_type
        self.subject = document.get("subject", {}).get("digest")
        self.annotations = document.get("annotations")
        self.image_size = (len(self.bytes) + sum(len(part.content) for part in self.parts) +
                           sum(child.image_size for child in self.children))

    @property
    def is_index(self):
        return "manifests" in self.document

    def references(self):
        """The children as the metadata of an index names them (acr-wire 9.2)."""
        return [{"digest": child["digest"],
                 **{name: child["platform"][name] for name in ("architecture", "os")
                    if name in child.get("platform", {})}}
                for child in self.document["manifests"]]


def descriptor(media_type, digest, size, **more):
    return {"mediaType": media_type, "digest": digest, "size": size, **more}


def blob_descriptor(media_type, blob):
    return descriptor(media_type, blob.digest, len(blob.content))


def content_descriptor(content, **more):
    return descriptor(content.media_type, content.digest, len(content.bytes), **more)


def image(name, config, layers, platform, types=(OCI_IMAGE, OCI_CONFIG, OCI_LAYER), **more):
    document = {"schemaVersion": 2, "mediaType": types[0],
                "config": blob_descriptor(types[1], config),
                "layers": [blob_descriptor(types[2], layer) for layer in layers], **more}
    return Content(name, document, [config, *layers], platform=platform)


def index(name, children, media_type=OCI_INDEX, **more):
    """`children`: pairs of a content and its platform, which may be None."""
    parts = [content_descriptor(child, **({"platform": platform} if platform else {}))
             for child, platform in children]
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": parts, **more}
    return Content(name, document, children=[child for child, _ in children])


def artifact(name, subject, empty, artifact_type=None, layers=(), **more):
    """`subject`: a content; without artifact type the config's type stands for it."""
    kind = {"artifactType": artifact_type} if artifact_type else {}
    document = {"schemaVersion": 2, "mediaType": OCI_IMAGE, **kind,
                "config": blob_descriptor(OCI_EMPTY, empty),
                "layers": [blob_descriptor(SBOM, layer) for layer in layers],
                "subject": content_descriptor(subject), **more}
    return Content(name, document, [empty, *layers])


class Universe:
    def __init__(self):
        amd = Blob(b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}}')
        arm = Blob(b'{"os":"linux","config":{"os":"x"},"architecture":"arm64","variant":"v8"}')
        half = Blob(b'{"os":"windows"}')
        broken = Blob(b'{"architecture":"amd64"')
        empty = Blob(b"{}")
        layers = [Blob(hashlib.shake_256(f"layer {size}".encode()).digest(size))
                  for size in (1, 700, 5000)]
        self.blobs = [amd, arm, half, broken, empty, *layers]
        self.contents = self._contents(amd, arm, half, broken, empty, layers)
        self.tags = TAGS
        self.no_digest = NO_DIGEST
        self.by_digest = {content.digest: content for content in self.contents}
        # Everything that something is attached to, and two that nothing is.
        named = [content.subject for content in self.contents if content.subject]
        self.subjects = list(dict.fromkeys([*named, self.contents[2].digest, NO_DIGEST]))
        self.blob_by_digest = {blob.digest: blob for blob in self.blobs}

    @staticmethod
    def _contents(amd, arm, half, broken, empty, layers):
        none = (None, None)
        docker = (DOCKER_IMAGE, DOCKER_CONFIG, DOCKER_LAYER)
        one = image("amd64", amd, [layers[0]], ("amd64", "linux"))
        two = image("arm64", arm, [layers[0], layers[1]], ("arm64", "linux"))
        old = image("docker", half, [layers[2]], (None, "windows"), docker)
        bad = image("bad config", broken, [layers[1], layers[1]], none)
        both = index("index", [(one, {"architecture": "amd64", "os": "linux"}),
                               (two, {"os": "linux", "architecture": "arm64", "variant": "v8"})])
        listed = index("docker list", [(old, {"architecture": "amd64", "os": "windows"})],
                       DOCKER_LIST)
        nested = index("nested", [(both, None), (one, {"architecture": "amd64", "os": "linux"})])
        sbom = artifact("sbom", one, empty, SBOM, [layers[1]])
        signed = artifact("signature", one, empty, SIGNATURE,
                          annotations={"org.example.n": "1", "b": "x"})
        deep = artifact("signature of sbom", sbom, empty, SIGNATURE)
        deeper = artifact("untyped on signature of sbom", deep, empty)
        whole = index("index with subject", [(two, None)], artifactType=SBOM,
                      subject=content_descriptor(both))
        typed = image("image with subject", amd, [], ("amd64", "linux"),
                      subject=content_descriptor(one))
        return [one, two, old, bad, both, listed, nested, sbom, signed, deep, deeper, whole, typed]
