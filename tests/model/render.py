# SPDX-License-Identifier: Apache-2.0
"""The bodies of acr-wire 7 to 9 and 13 as the model sees them, members in the order of the wire,
and how times get into the model: learn_* take those of an answer over before it is compared."""

from urllib.parse import quote

from compare import json_body, Mismatch
from universe import OCI_INDEX

REGISTRY = "model.example"


def times_of(item):
    return {"createdTime": item.created.text(), "lastUpdateTime": item.updated.text()}


def head_of(repository):
    return {"registry": REGISTRY, "imageName": repository.name}


def repository_json(repository):
    return {**head_of(repository), **times_of(repository),
            "manifestCount": len(repository.manifests), "tagCount": len(repository.tags),
            "changeableAttributes": {**repository.flags, "teleportEnabled": repository.teleport}}


def quarantine_of(manifest, *names):
    return {name: manifest.quarantine[name] for name in names if name in manifest.quarantine}


def tag_json(repository, tag):
    state = quarantine_of(repository.manifests[tag.content.digest], "quarantineState")
    return {"name": tag.name, "digest": tag.content.digest, **times_of(tag), "signed": False,
            **state, "changeableAttributes": tag.flags}


def manifest_json(repository, manifest, *quarantine):
    content = manifest.content
    value = {"digest": content.digest, "imageSize": content.image_size, **times_of(manifest)}
    optional = {"architecture": content.architecture, "os": content.os,
                "mediaType": content.media_type, "configMediaType": content.config_media_type,
                "tags": repository.tags_on(content.digest)}
    value.update({name: what for name, what in optional.items() if what})
    value["changeableAttributes"] = {**manifest.flags, **quarantine_of(manifest, *quarantine)}
    return value


def one_tag(repository, tag):
    return json_body({**head_of(repository), "tag": tag_json(repository, tag)})


def one_manifest(repository, manifest):
    value = manifest_json(repository, manifest, "quarantineDetails", "quarantineState")
    if manifest.content.is_index:
        value["references"] = manifest.content.references()
    return json_body({**head_of(repository), "manifest": value})


def tags_page(repository, tags):
    return json_body({**head_of(repository),
                      "tags": [tag_json(repository, tag) for tag in tags] or None})


def manifests_page(repository, manifests):
    return json_body({**head_of(repository), "manifests": [
        manifest_json(repository, one, "quarantineState") for one in manifests] or None})


def referrer_json(manifest):
    content = manifest.content
    value = {"mediaType": content.media_type, "digest": content.digest, "size": len(content.bytes)}
    if content.annotations:
        value["annotations"] = content.annotations
    if content.artifact_type:
        value["artifactType"] = content.artifact_type
    return value


def referrers_page(manifests):
    return json_body({"schemaVersion": 2, "mediaType": OCI_INDEX,
                      "manifests": [referrer_json(one) for one in manifests]})


def link(path, **parameters):
    """The parameters come in alphabetical order (acr-wire 6)."""
    query = "&".join(f"{name}={quote(value, safe='')}"
                     for name, value in sorted(parameters.items()))
    return f'<{path}?{query}>; rel="next"'


def learn_item(item, reported):
    item.created.report(reported.get("createdTime"))
    item.updated.report(reported.get("lastUpdateTime"))
    if not item.times_known:
        return  # the comparison will say so
    if item.created.ticks > item.updated.ticks:
        raise Mismatch(f"created after its last update: {reported}")
    if item.is_fresh and item.created.ticks != item.updated.ticks:
        raise Mismatch(f"nothing moved it, yet its two times differ: {reported}")


def learn_repository(repository, answer):
    repository.created.report(answer.get("createdTime"))
    repository.updated.report(answer.get("lastUpdateTime"))
    items = [*repository.manifests.values(), *repository.tags.values()]
    latest = max((item.updated.ticks for item in items if item.updated.known), default=0)
    first = min((item.created.ticks for item in items if item.created.known), default=None)
    if repository.updated.known and repository.updated.ticks < latest:
        raise Mismatch(f"an item was updated after its repository: {answer}")
    if repository.created.known and first is not None and repository.created.ticks > first:
        raise Mismatch(f"an item was created before its repository: {answer}")


def learn_tags(repository, items):
    for reported in items or ():
        if reported.get("name") in repository.tags:
            learn_item(repository.tags[reported["name"]], reported)


def learn_manifests(repository, items):
    for reported in items or ():
        if reported.get("digest") in repository.manifests:
            learn_item(repository.manifests[reported["digest"]], reported)
