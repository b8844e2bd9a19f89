# SPDX-License-Identifier: Apache-2.0
"""A registry that lets anyone read: the SDK reads, and for what it may not do it fetches an
anonymous token of its own accord, tries again with it and is refused."""

from checks import attributes_equal, check, equal, refused
from content import GET, SET
from images import make_image, push

NAME = "team/public"


def tried_with_token(registry, operation, call):
    """Refused without a token, then the token, then refused with it."""
    registry.exchanges.clear()
    refused(f"{operation}: refused to anyone", 401, "UNAUTHORIZED", call)

    def exchanged():
        seen = [
            (status, "token" if path == "/oauth2/token" else token)
            for _, path, status, token in registry.exchanges
        ]
        equal(seen[-3:], [(401, "none"), (200, "token"), (401, "Bearer")], registry.exchanges)

    check(f"{operation}: after the anonymous token exchange", exchanged)


def sign_in_checks(anonymous, admin):
    image = push(admin, NAME, make_image(), "v1")
    client, digest = anonymous.client, image.digest
    reads = {
        "list_repository_names": lambda: equal(list(client.list_repository_names()), [NAME]),
        "get_repository_properties": lambda: attributes_equal(
            client.get_repository_properties(NAME), {"tag_count": 1}
        ),
        "list_tag_properties": lambda: equal(len(list(client.list_tag_properties(NAME))), 1),
        "list_manifest_properties": lambda: equal(
            len(list(client.list_manifest_properties(NAME))), 1
        ),
        "get_tag_properties": lambda: attributes_equal(
            client.get_tag_properties(NAME, "v1"), {"digest": digest}
        ),
        "get_manifest_properties": lambda: attributes_equal(
            client.get_manifest_properties(NAME, digest), {"size_in_bytes": image.size}
        ),
        GET: lambda: equal(anonymous.get(NAME, "v1")[0], digest),
        "download_blob": lambda: equal(
            anonymous.download(NAME, image.layer_digest), image.blobs[1]
        ),
    }
    closed = {"can_write": False}
    writes = {
        "update_repository_properties": lambda: client.update_repository_properties(NAME, **closed),
        "update_tag_properties": lambda: client.update_tag_properties(NAME, "v1", **closed),
        "update_manifest_properties": lambda: client.update_manifest_properties(
            NAME, digest, **closed
        ),
        "delete_tag": lambda: client.delete_tag(NAME, "v1"),
        "delete_manifest": lambda: client.delete_manifest(NAME, digest),
        "delete_repository": lambda: client.delete_repository(NAME),
        "delete_blob": lambda: client.delete_blob(NAME, image.layer_digest),
        SET: lambda: anonymous.put(NAME, image, "v2"),
        "upload_blob": lambda: anonymous.upload(NAME, b"refused"),
    }
    for operation, read in reads.items():
        check(f"{operation}: anyone may read", read)
    for operation, write in writes.items():
        tried_with_token(anonymous, operation, write)
    for operation, read in reads.items():
        check(f"{operation}: anyone may still read", read)
    wanted = {"can_write": True, "tag_count": 1, "manifest_count": 1}
    check("get_repository_properties: nothing was changed",
          lambda: attributes_equal(admin.client.get_repository_properties(NAME), wanted))
