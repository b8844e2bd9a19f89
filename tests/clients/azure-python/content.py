# SPDX-License-Identifier: Apache-2.0
"""Blobs and manifests: every method that reads and writes content."""

import io
import os

from checks import check, equal, refused, skip
from images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    Image,
    digest_of,
    make_artifact,
    make_image,
    make_index,
    push,
)
from registry import IS_OLD

MIB = 1024 * 1024
ABSENT = "sha256:" + "0" * 64
REPOSITORY = "team/content"

SET = "upload_manifest" if IS_OLD else "set_manifest"
GET = "download_manifest" if IS_OLD else "get_manifest"
SIZES = {
    "a small blob": 1000,
    "an empty blob": 0,
    "one byte less than a chunk": 4 * MIB - 1,
    "exactly one chunk": 4 * MIB,
    "one byte more than a chunk": 4 * MIB + 1,
    "several chunks": 9 * MIB + 12345,
}


def upload_equals(registry, data):
    equal(registry.upload(REPOSITORY, data), (digest_of(data), len(data)))


def download_equals(registry, data):
    if registry.download(REPOSITORY, digest_of(data)) != data:
        raise AssertionError("other bytes")


def blobs(registry):
    client = registry.client
    for name, size in SIZES.items():
        data = os.urandom(size)
        check(f"upload_blob: {name}", upload_equals, registry, data)
        if size == 0 and not IS_OLD:
            skip("download_blob", "an empty blob: this version takes no empty answer")
        else:
            check(f"download_blob: {name}", download_equals, registry, data)
    data = os.urandom(1000)
    upload_equals(registry, data)
    check("upload_blob: a blob that is there", upload_equals, registry, data)
    check("delete_blob: a blob no manifest names", client.delete_blob, REPOSITORY, digest_of(data))
    missing = {"the deleted blob": digest_of(data), "a missing blob": ABSENT}
    for name, digest in missing.items():
        refused(f"download_blob: {name}", 404, "", registry.download, REPOSITORY, digest)
    if IS_OLD:
        refused("delete_blob: missing", 404, "BLOB_UNKNOWN", client.delete_blob, REPOSITORY, ABSENT)
    else:
        check("delete_blob: a missing one is no error", client.delete_blob, REPOSITORY, ABSENT)


def pulls(registry, name, image, tag=None):
    """By tag and by digest: the digest and the document that were pushed, the type they have."""

    def pull(reference):
        digest, document = registry.get(REPOSITORY, reference)
        equal(digest, image.digest)
        if not IS_OLD:
            equal(document, image.document)
            result = registry.client.get_manifest(REPOSITORY, reference)
            equal(result.media_type, image.media_type)

    for reference in [tag, image.digest] if tag else [image.digest]:
        how = "by tag" if reference == tag else "by digest"
        check(f"{GET}: {name} {how}", pull, reference)


def old_pull(registry, image):
    """The old version gives the manifest as an object and a stream it writes itself."""
    result = registry.client.download_manifest(REPOSITORY, image.digest)
    equal(result.manifest.config.digest, image.document["config"]["digest"])
    equal([layer.size for layer in result.manifest.layers], [len(image.blobs[1])])
    equal(result.data.read()[:1], b"{")


def manifests(registry):
    image, arm = make_image(), make_image("arm64")
    docker, artifact = make_image(docker=True), make_artifact()
    for blob in (blob for each in (image, arm, docker, artifact) for blob in each.blobs):
        registry.upload(REPOSITORY, blob)

    def sets(name, pushed, tag=None):
        check(
            f"{SET}: {name}",
            lambda: equal(registry.put(REPOSITORY, pushed, tag), pushed.digest),
        )
        pulls(registry, name, pushed, tag)

    sets("an OCI image with a tag", image, "v1")
    sets("an image without a tag", arm)
    sets("an artifact", artifact, "files")
    if IS_OLD:
        check(f"{GET}: the manifest as an object", old_pull, registry, image)
        skip("set_manifest", "docker images and indexes: this version pushes OCI images only")
        skip("get_manifest", "docker images and indexes: this version pulls OCI images only")
    else:
        check(
            f"{SET}: a document",
            lambda: equal(
                registry.client.set_manifest(REPOSITORY, image.document, tag="v2"), image.digest
            ),
        )
        sets("a docker image", docker, "docker")
        equal(docker.media_type, DOCKER_MANIFEST)
        sets("an index", make_index([image, arm], OCI_INDEX), "multi")
        sets("a docker list", make_index([docker], DOCKER_LIST), "list")
    sets("a tag moves", arm, "v1")
    pulls(registry, "the image the tag left", image)


def manifest_errors(registry):
    client = registry.client
    absent = make_image()
    refused(f"{SET}: blobs are missing", 400, "MANIFEST_BLOB_UNKNOWN", registry.put, REPOSITORY,
            absent, "bad")
    garbage = Image({"mediaType": absent.media_type})
    refused(f"{SET}: not a manifest", 400, "MANIFEST_INVALID", registry.put, REPOSITORY,
            garbage, "bad")
    if not IS_OLD:
        refused(f"{SET}: the media types disagree", 400, "MANIFEST_INVALID", client.set_manifest,
                REPOSITORY, io.BytesIO(absent.data), tag="bad", media_type=DOCKER_MANIFEST)
    unknown = refused(f"{GET}: a missing tag", 404, "MANIFEST_UNKNOWN", registry.get, REPOSITORY,
                      "bad")
    wanted = 'manifest tagged by "bad" is not found'
    check(f"{GET}: the missing tag is named", lambda: equal(unknown.get("message"), wanted))
    missing = [("a missing digest", REPOSITORY, ABSENT), ("a missing repository", "no/where", "v1")]
    for name, repository, reference in missing:
        refused(f"{GET}: {name}", 404, "MANIFEST_UNKNOWN", registry.get, repository, reference)

    image = push(registry, REPOSITORY, make_image(), "short-lived")
    check("delete_manifest: by digest", client.delete_manifest, REPOSITORY, image.digest)
    for name, reference in [("a deleted digest", image.digest), ("its tag", "short-lived")]:
        refused(f"{GET}: {name}", 404, "MANIFEST_UNKNOWN", registry.get, REPOSITORY, reference)
    check("delete_manifest: a missing one is no error", client.delete_manifest, REPOSITORY, ABSENT)
    image = push(registry, REPOSITORY, make_image(), "by-tag")
    check("delete_manifest: by tag", client.delete_manifest, REPOSITORY, "by-tag")
    refused(f"{GET}: deleted by its tag", 404, "MANIFEST_UNKNOWN", registry.get, REPOSITORY,
            image.digest)
    refused("delete_manifest: a missing tag", 404, "TAG_UNKNOWN", client.delete_manifest,
            REPOSITORY, "by-tag")


def content_checks(registry):
    blobs(registry)
    manifests(registry)
    manifest_errors(registry)
