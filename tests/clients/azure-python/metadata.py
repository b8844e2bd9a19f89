# SPDX-License-Identifier: Apache-2.0
"""Lists, pages, properties and deletion of repositories, tags and manifests. What locks refuse is
in locks.py."""

import datetime

from azure.containerregistry import (
    ArtifactManifestOrder,
    ArtifactManifestProperties,
    ArtifactTagOrder,
    ArtifactTagProperties,
    RepositoryProperties,
)

from checks import attributes_equal, check, equal, refused, skip
from images import make_artifact, make_image, make_index, push
from registry import IS_OLD

ABSENT = "sha256:" + "0" * 64
FLAGS = ("can_delete", "can_write", "can_list", "can_read")
OPEN = dict.fromkeys(FLAGS, True)


def name_of(item):
    return item.name


def digest_of(item):
    return item.digest


def same(left, right):
    """Two objects of the SDK hold the same."""
    equal(vars(left), vars(right))


def pages(title, list_items, key, wanted):
    """The list in one go, and in pages of 1 to 3 items: the same items, full pages, none after the
    last item. Then from an item on, and from a page's token on."""

    def keys(items):
        return [key(item) for item in items]

    def in_pages(size):
        found = [keys(page) for page in list_items(results_per_page=size).by_page()]
        equal(found, [wanted[start : start + size] for start in range(0, len(wanted), size)])

    def continued():
        by_page = list_items(results_per_page=2).by_page()
        first = keys(next(by_page))
        rest = list_items().by_page(continuation_token=by_page.continuation_token)
        equal(first + [each for page in rest for each in keys(page)], wanted)

    check(f"{title}: all", lambda: equal(keys(list_items()), wanted))
    for size in (1, 2, 3):
        check(f"{title}: pages of {size}", in_pages, size)
    check(f"{title}: continue from a token", continued)
    check(f"{title}: after an item", lambda: equal(keys(list_items(last=wanted[1])), wanted[2:]))


def fresh_times(properties):
    age = datetime.datetime.now(datetime.timezone.utc) - properties.created_on
    if not -5 < age.total_seconds() < 600:
        raise AssertionError(f"created {properties.created_on}")
    if properties.last_updated_on < properties.created_on:
        raise AssertionError("updated before it was created")


def flags_add_up(operation, update, get, make_properties):
    """One after the other is closed by keyword, all are opened by an object."""

    def close_one_by_one():
        changed = dict(OPEN)
        for flag in FLAGS:
            changed[flag] = False
            attributes_equal(update(**{flag: False}), changed)
            attributes_equal(get(), changed)

    def open_all():
        properties = make_properties()
        for flag in FLAGS:
            setattr(properties, flag, True)
        attributes_equal(update(properties), OPEN)
        attributes_equal(get(), OPEN)

    before = get()
    check(f"{operation}: nothing", lambda: same(update(), before))
    check(f"{operation}: one by one they add up", close_one_by_one)
    check(f"{operation}: all at once", open_all)
    check(f"{operation}: the times stay", lambda: same(get(), before))


def catalog(registry):
    names = ["cat/" + name for name in ("a", "list/b", "list/c-1", "list/c.1", "list/c/d", "z_z")]
    for name in reversed(names):
        push(registry, name, make_image(), "v1")
    pages("list_repository_names", registry.client.list_repository_names, str, sorted(names))


def repository(registry):
    client, name = registry.client, "team/sub/properties"
    image = push(registry, name, make_image(), "v1")
    push(registry, name, image, "v2")
    push(registry, name, make_image())

    def properties_match():
        properties = client.get_repository_properties(name)
        attributes_equal(properties, {"name": name, "manifest_count": 2, "tag_count": 2, **OPEN})
        fresh_times(properties)

    check("get_repository_properties: of a repository", properties_match)
    flags_add_up(
        "update_repository_properties",
        lambda *args, **kwargs: client.update_repository_properties(name, *args, **kwargs),
        lambda: client.get_repository_properties(name),
        RepositoryProperties,
    )

    def deleted():
        client.delete_repository(name)
        names = list(client.list_repository_names())
        if not names or name in names:
            raise AssertionError(f"there are {names}")

    check("delete_repository: it is gone", deleted)
    refused("get_repository_properties: deleted", 404, "NAME_UNKNOWN",
            client.get_repository_properties, name)
    check("delete_repository: a missing one is no error", client.delete_repository, name)


def tags(registry):
    client, name = registry.client, "team/tags"
    first, second = make_image(), make_image()
    pushed = ["t3", "T9", "t1", "t20", "t2"]
    for tag in pushed:
        push(registry, name, first, tag)

    def listed(order=None, digest=None):
        fixed = {"order_by": order, "digest": digest}
        return lambda **kwargs: client.list_tag_properties(name, **fixed, **kwargs)

    oldest_first = ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING
    newest_first = ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING
    title = "list_tag_properties"
    pages(title, listed(), name_of, ["T9", "t1", "t2", "t20", "t3"])
    pages(f"{title} oldest first", listed(oldest_first), name_of, pushed)
    pages(f"{title} newest first", listed(newest_first), name_of, pushed[::-1])
    push(registry, name, second, "other")
    pages(f"{title} of a digest", listed(digest=first.digest), name_of, sorted(pushed))
    check(f"{title}: the only tag of a digest",
          lambda: equal([tag.name for tag in listed(digest=second.digest)()], ["other"]))
    client.delete_tag(name, "other")

    def properties_match():
        properties = client.get_tag_properties(name, "t3")
        attributes_equal(properties, {"name": "t3", "digest": first.digest, **OPEN})
        fresh_times(properties)
        return properties

    def listed_like_single():
        for tag in listed()():
            same(tag, client.get_tag_properties(name, tag.name))

    before = check("get_tag_properties: of a tag", properties_match)
    check(f"{title}: the same properties as one by one", listed_like_single)
    push(registry, name, second, "t3")

    def moved():
        after = client.get_tag_properties(name, "t3")
        attributes_equal(after, {"digest": second.digest, "created_on": before.created_on})
        if after.last_updated_on <= before.last_updated_on:
            raise AssertionError("its update time did not move")

    check("get_tag_properties: a moved tag keeps its created time", moved)
    check(f"{title}: the moved tag is the newest",
          lambda: equal([tag.name for tag in listed(newest_first)()],
                        ["t3", "t2", "t20", "t1", "T9"]))
    flags_add_up(
        "update_tag_properties",
        lambda *args, **kwargs: client.update_tag_properties(name, "t1", *args, **kwargs),
        lambda: client.get_tag_properties(name, "t1"),
        ArtifactTagProperties,
    )
    client.update_tag_properties(name, "t1", can_read=False)
    check("update_tag_properties: the manifest has its own",
          lambda: attributes_equal(client.get_manifest_properties(name, "t1"), OPEN))
    client.update_tag_properties(name, "t1", can_read=True)
    deleted_tags(client, name, first)


def deleted_tags(client, name, image):
    def untagged():
        client.delete_tag(name, "t1")
        equal(client.get_manifest_properties(name, image.digest).tags, ["T9", "t2", "t20"])

    check("delete_tag: the tag goes, the manifest stays", untagged)
    gone = refused("get_tag_properties: a missing tag", 404, "TAG_UNKNOWN",
                   client.get_tag_properties, name, "t1")
    check("get_tag_properties: the text for a missing tag",
          lambda: equal(gone.get("message"), "the specified tag does not exist"))
    check("delete_tag: a missing tag is no error", client.delete_tag, name, "t1")
    refused("update_tag_properties: a missing tag", 404, "TAG_UNKNOWN",
            client.update_tag_properties, name, "t1", can_read=False)
    refused("get_manifest_properties: of a missing tag", 404, "TAG_UNKNOWN",
            client.get_manifest_properties, name, "t1")


def manifests(registry):
    client, name = registry.client, "team/manifests"
    image, arm = make_image(docker=True), make_image("arm64")
    windows, artifact = make_image(system="windows"), make_artifact()
    index = make_index([image, arm])
    pushed = [image, arm, windows, index, artifact]
    push(registry, name, image, "b")
    push(registry, name, arm)
    push(registry, name, windows, "windows")
    registry.put(name, index, "multi")
    push(registry, name, artifact, "files")
    digests = [each.digest for each in pushed]

    def listed(order=None):
        return lambda **kwargs: client.list_manifest_properties(name, order_by=order, **kwargs)

    oldest_first = ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING
    newest_first = ArtifactManifestOrder.LAST_UPDATED_ON_DESCENDING
    title = "list_manifest_properties"
    pages(title, listed(), digest_of, sorted(digests))
    pages(f"{title} oldest first", listed(oldest_first), digest_of, digests)
    pages(f"{title} newest first", listed(newest_first), digest_of, digests[::-1])

    def properties_match(manifest, tag_names):
        properties = client.get_manifest_properties(name, manifest.digest)
        wanted = {
            "digest": manifest.digest,
            "size_in_bytes": manifest.size,
            "architecture": manifest.architecture,
            "operating_system": manifest.system,
            "repository_name": name,
            **OPEN,
        }
        attributes_equal(properties, wanted)
        equal(properties.tags or [], tag_names)
        fresh_times(properties)

    kinds = {
        "a docker image": (image, ["b"]),
        "an untagged image": (arm, []),
        "an image for Windows": (windows, ["windows"]),
        "an artifact": (artifact, ["files"]),
        "an index": (index, ["multi"]),
    }
    for kind, (manifest, tag_names) in kinds.items():
        check(f"get_manifest_properties: {kind}", properties_match, manifest, tag_names)

    def listed_like_single():
        for manifest in listed()():
            same(manifest, client.get_manifest_properties(name, manifest.digest))

    check(f"{title}: the same properties as one by one", listed_like_single)
    changed_manifest(registry, name, image)
    deleted_manifest(client, name, pushed)


def changed_manifest(registry, name, image):
    client = registry.client
    push(registry, name, image, "a")
    check("get_manifest_properties: by tag, tags in order",
          lambda: attributes_equal(client.get_manifest_properties(name, "b"),
                                   {"digest": image.digest, "tags": ["a", "b"]}))
    flags_add_up(
        "update_manifest_properties",
        lambda *args, **kwargs: client.update_manifest_properties(name, "b", *args, **kwargs),
        lambda: client.get_manifest_properties(name, image.digest),
        ArtifactManifestProperties,
    )
    client.update_manifest_properties(name, image.digest, can_read=False)
    check("update_manifest_properties: the tag has its own",
          lambda: attributes_equal(client.get_tag_properties(name, "b"), OPEN))
    client.update_manifest_properties(name, image.digest, can_read=True)


def deleted_manifest(client, name, pushed):
    image, *rest = pushed

    def deleted():
        client.delete_manifest(name, "b")
        left = [each.digest for each in client.list_manifest_properties(name)]
        equal(left, sorted(each.digest for each in rest))
        tag_names = [tag.name for tag in client.list_tag_properties(name)]
        equal(tag_names, ["files", "multi", "windows"])

    check("delete_manifest: all its tags go along", deleted)
    refused("get_manifest_properties: deleted", 404, "MANIFEST_UNKNOWN",
            client.get_manifest_properties, name, image.digest)
    refused("update_manifest_properties: a missing one", 404, "MANIFEST_UNKNOWN",
            client.update_manifest_properties, name, ABSENT, can_read=False)


def untagged_repository(registry):
    client, name = registry.client, "team/untagged"
    image = push(registry, name, make_image())
    if IS_OLD:
        skip("list_tag_properties", "a repository without tags: this version takes no null")
    else:
        check("list_tag_properties: a repository without tags",
              lambda: equal(list(client.list_tag_properties(name)), []))

    def emptied():
        client.delete_manifest(name, image.digest)
        if name in client.list_repository_names():
            raise AssertionError("it is still there")

    check("delete_manifest: the last one takes the repository along", emptied)


def missing_repository(registry):
    client, name = registry.client, "team/nowhere"
    calls = {
        "get_repository_properties": lambda: client.get_repository_properties(name),
        "update_repository_properties": lambda: client.update_repository_properties(
            name, can_read=False
        ),
        "list_manifest_properties": lambda: list(client.list_manifest_properties(name)),
        "list_tag_properties": lambda: list(client.list_tag_properties(name)),
    }
    wanted = f'repository "{name}" is not found'
    for operation, call in calls.items():
        error = refused(f"{operation}: a missing repository", 404, "NAME_UNKNOWN", call)
        check(f"{operation}: its text", equal, error.get("message"), wanted)
    refused("get_tag_properties: a missing repository", 404, "TAG_UNKNOWN",
            client.get_tag_properties, name, "v1")
    refused("get_manifest_properties: a missing repository", 404, "MANIFEST_UNKNOWN",
            client.get_manifest_properties, name, ABSENT)
    refused("get_repository_properties: an impossible name", 404, "",
            client.get_repository_properties, "Upper/Case")


def metadata_checks(registry):
    for checks in (catalog, repository, tags, manifests, untagged_repository, missing_repository):
        try:
            checks(registry)
        except Exception as error:  # pylint: disable=broad-except  # the preparation failed
            check(f"{checks.__name__}: ends", _raise, error)


def _raise(error):
    raise error
