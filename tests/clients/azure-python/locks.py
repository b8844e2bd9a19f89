# SPDX-License-Identifier: Apache-2.0
"""Every flag of every level is closed in turn, and everything the SDK can do is tried: what
docs/locks.md blocks is refused with REGISTRY_DISALLOWED_OPERATION, the rest works."""

from checks import attributes_equal, check, equal, refused
from content import GET, SET
from images import make_image, push

FLAGS = ("can_delete", "can_write", "can_list", "can_read")

# What is refused. Everything is tried in the order of attempts(), deletions last.
BY_TAG, BY_DIGEST = f"{GET} by tag", f"{GET} by digest"
DELETIONS = ("delete_blob", "delete_manifest", "delete_repository")
BLOCKED = {
    "repository": {
        "can_write": (SET, f"{SET} new tag", "upload_blob", "delete_tag", *DELETIONS),
        "can_delete": ("delete_repository",),
        "can_read": (BY_TAG, BY_DIGEST, "download_blob"),
        "can_list": (),
    },
    "tag": {
        "can_write": (SET, "delete_tag", *DELETIONS),
        "can_delete": ("delete_tag", *DELETIONS),
        "can_read": (BY_TAG,),
        "can_list": (),
    },
    "manifest": {
        "can_write": DELETIONS,
        "can_delete": DELETIONS,
        "can_read": (BY_TAG, BY_DIGEST),
        "can_list": (),
    },
}
LISTS = {
    "repository": "list_repository_names",
    "tag": "list_tag_properties",
    "manifest": "list_manifest_properties",
}


def attempts(registry, name, image):
    client, digest = registry.client, image.digest
    return {
        "get_repository_properties": lambda: client.get_repository_properties(name),
        "get_tag_properties": lambda: client.get_tag_properties(name, "v1"),
        "get_manifest_properties": lambda: client.get_manifest_properties(name, digest),
        "update_repository_properties": lambda: client.update_repository_properties(name),
        "update_tag_properties": lambda: client.update_tag_properties(name, "v1"),
        "update_manifest_properties": lambda: client.update_manifest_properties(name, digest),
        BY_TAG: lambda: registry.get(name, "v1"),
        BY_DIGEST: lambda: registry.get(name, digest),
        "download_blob": lambda: registry.download(name, image.layer_digest),
        SET: lambda: registry.put(name, image, "v1"),
        f"{SET} new tag": lambda: registry.put(name, image, "new"),
        "upload_blob": lambda: registry.upload(name, f"a blob of {name}".encode()),
        "delete_blob": lambda: client.delete_blob(name, image.layer_digest),
        "delete_tag": lambda: client.delete_tag(name, "v1"),
        "delete_manifest": lambda: client.delete_manifest(name, digest),
        "delete_repository": lambda: client.delete_repository(name),
    }


def update(client, level, name, image, **flags):
    if level == "repository":
        return client.update_repository_properties(name, **flags)
    if level == "tag":
        return client.update_tag_properties(name, "v1", **flags)
    return client.update_manifest_properties(name, image.digest, **flags)


def shown(client, name, image):
    """Whether the lists show the repository, the tag and the manifest."""
    return {
        "repository": name in client.list_repository_names(),
        "tag": "v1" in [tag.name for tag in client.list_tag_properties(name)],
        "manifest": image.digest in [each.digest for each in client.list_manifest_properties(name)],
        "in manifest": "v1" in client.get_manifest_properties(name, image.digest).tags,
    }


def lock(registry, level, flag):
    client = registry.client
    name, what = f"locks/{level}-{flag}", f"{level} {flag}=False"
    blocked = BLOCKED[level][flag]
    image = push(registry, name, make_image(), "v1")
    push(registry, name, make_image(), "other")
    operation = f"update_{level}_properties"
    flags = {each: each != flag for each in FLAGS}
    check(f"{operation}: {what}",
          lambda: attributes_equal(update(client, level, name, image, **{flag: False}), flags))
    visible = {"repository": True, "tag": True, "manifest": True, "in manifest": True}
    visible[level] = flag != "can_list"
    check(f"{LISTS[level]}: with {what}", lambda: equal(shown(client, name, image), visible))
    for attempt, call in attempts(registry, name, image).items():
        if attempt in blocked:
            refused(f"{attempt}: refused with {what}", 405, "REGISTRY_DISALLOWED_OPERATION", call)
        elif attempt != "delete_blob":  # a blob that a manifest names is only tried where forbidden
            check(f"{attempt}: allowed with {what}", call)

    def unlock_and_delete():
        update(client, level, name, image, **dict.fromkeys(FLAGS, True))
        client.delete_repository(name)

    if "delete_repository" in blocked:
        check(f"{operation}: {what} can be opened again", unlock_and_delete)
    check(f"delete_repository: after {what} it is gone",
          lambda: equal(name in list(client.list_repository_names()), False))


def lock_checks(registry):
    for level in BLOCKED:
        for flag in FLAGS:
            lock(registry, level, flag)
