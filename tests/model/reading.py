# SPDX-License-Identifier: Apache-2.0
"""Operations that read one thing: manifests, blobs, attributes. audit() reads everything."""

import rules
from changing import manifest_answer, repository_answer, tag_answer
from compare import Expected

OCTETS = "application/octet-stream"


def read_manifest(world, method, repository, reference):
    if reference.startswith("sha256:"):
        refusal = rules.refusal_of_pull(repository, reference)
        content = world.universe.by_digest.get(reference)
    else:
        refusal = rules.refusal_of_pull_by_tag(repository, reference)
        tag = repository.tags.get(reference)
        content = tag.content if tag else None
    expected = refusal or Expected(200, content.bytes, content.media_type, {
        "Docker-Content-Digest": content.digest, "ETag": f'"{content.digest}"'})
    world.check(method, world.v2(repository, f"manifests/{reference}"), expected)


def read_blob(world, method, repository, digest):
    refusal = rules.refusal_of_blob(repository, digest)
    expected = refusal
    if refusal is None:
        headers = {"Docker-Content-Digest": digest}
        if method == "GET":
            headers["ETag"] = f'"{digest}"'
        expected = Expected(200, world.universe.blob_by_digest[digest].content, OCTETS, headers)
    world.check(method, world.v2(repository, f"blobs/{digest}"), expected)


def show_repository(world, repository):
    refusal = None if repository.exists else rules.repository_not_found(repository.name)
    world.check("GET", world.acr(repository), refusal or repository_answer(repository))


def show_tag(world, repository, name):
    tag = repository.tags.get(name)
    world.check("GET", world.acr(repository, f"_tags/{name}"),
                tag_answer(repository, tag) if tag else rules.tag_unknown())


def show_manifest(world, repository, digest):
    manifest = repository.manifests.get(digest)
    expected = manifest_answer(repository, manifest) if manifest \
        else rules.manifest_metadata_unknown()
    world.check("GET", world.acr(repository, f"_manifests/{digest}"), expected)


def pull_manifest(world):
    repository = world.repository()
    choose = world.tag_name if world.chance(0.5) else world.digest
    read_manifest(world, world.random.choice(("GET", "HEAD")), repository, choose(repository))


def pull_blob(world):
    read_blob(world, world.random.choice(("GET", "HEAD")), world.repository(), world.blob().digest)


def show_a_repository(world):
    show_repository(world, world.repository())


def show_a_tag(world):
    repository = world.repository()
    show_tag(world, repository, world.tag_name(repository))


def show_a_manifest(world):
    repository = world.repository()
    show_manifest(world, repository, world.digest(repository))


def audit(world):
    """Every single thing there is or could be, in every repository."""
    for repository in world.model.all():
        show_repository(world, repository)
        for name in world.universe.tags:
            show_tag(world, repository, name)
            read_manifest(world, "GET", repository, name)
        for digest in world.universe.by_digest:
            show_manifest(world, repository, digest)
            read_manifest(world, "GET", repository, digest)
        for blob in world.universe.blobs:
            read_blob(world, "GET", repository, blob.digest)
