# SPDX-License-Identifier: Apache-2.0
"""Who is refused, and in which words: the tables of docs/locks.md and the errors of acr-wire 3.2.
Each function answers the Expected refusal, or None when the request must succeed."""

from compare import Expected, json_body

DISALLOWED = ("The operation is disallowed on this registry, repository or image. View "
              "troubleshooting steps at https://aka.ms/acr/faq/"
              "#why-does-my-pull-or-push-request-fail-with-disallowed-operation")


def errors(status, *entries):
    return Expected(status, json_body({"errors": list(entries)}))


def error(status, code, message, **detail):
    return errors(status, {"code": code, "message": message, **detail})


def disallowed():
    return error(405, "REGISTRY_DISALLOWED_OPERATION", DISALLOWED, detail={})


def delete_by_tag():
    return error(405, "UNSUPPORTED", "A manifest can only be deleted by digest.")


def repository_not_found(name):
    return error(404, "NAME_UNKNOWN", f'repository "{name}" is not found')


def name_unknown(name):
    return error(404, "NAME_UNKNOWN", "repository name not known to registry",
                 detail={"name": name})


def tag_unknown():
    return error(404, "TAG_UNKNOWN", "the specified tag does not exist")


def manifest_metadata_unknown():
    return error(404, "MANIFEST_UNKNOWN", "manifest unknown")


def manifest_unknown(digest):
    return error(404, "MANIFEST_UNKNOWN", f"manifest {digest} is not found")


def manifest_of_tag_unknown(tag):
    return error(404, "MANIFEST_UNKNOWN", f'manifest tagged by "{tag}" is not found',
                 detail={"Tag": tag})


def blob_unknown():
    return error(404, "BLOB_UNKNOWN", "blob unknown to registry")


def missing_parts(digests):
    return errors(400, *[{"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown to registry",
                          "detail": digest} for digest in digests])


# --- Reading


def refusal_of_pull_by_tag(repository, name):
    tag = repository.tags.get(name)
    if tag is None:
        return manifest_of_tag_unknown(name)
    manifest = repository.manifests[tag.content.digest]
    readable = repository.can_read and tag.can_read and manifest.can_read
    return None if readable else disallowed()


def refusal_of_pull(repository, digest):
    manifest = repository.manifests.get(digest)
    if manifest is None:
        return manifest_unknown(digest)
    return None if repository.can_read and manifest.can_read else disallowed()


def refusal_of_blob(repository, digest):
    if digest not in repository.blobs:
        return blob_unknown()
    return None if repository.can_read else disallowed()


def can_mount(source, digest):
    return digest in source.blobs and source.can_read


# --- Changing


def refusal_of_change(repository):
    """Uploads, their end and mounts."""
    return None if repository.can_write else disallowed()


def refusal_of_push(repository, content, tags):
    known = [repository.tags[name] for name in tags if name in repository.tags]
    if not repository.can_write or not all(tag.can_write for tag in known):
        return disallowed()
    missing = repository.missing(content)
    return missing_parts(missing) if missing else None


# --- Deleting


def refusal_of_untag(repository, name):
    tag = repository.tags.get(name)
    if tag is None:
        return tag_unknown()
    return None if repository.can_write and tag.can_go else disallowed()


def all_can_go(repository, manifests):
    """The manifests and every tag on them."""
    tags = [repository.tags[name] for manifest in manifests
            for name in repository.tags_on(manifest.content.digest)]
    return all(one.can_go for one in [*manifests, *tags])


def refusal_of_manifest_removal(repository, digest):
    if digest not in repository.manifests:
        return manifest_unknown(digest)
    may = repository.can_write and all_can_go(repository, repository.with_referrers(digest))
    return None if may else disallowed()


def refusal_of_blob_removal(repository, digest):
    if digest not in repository.blobs:
        return blob_unknown()
    may = repository.can_write and all_can_go(repository, repository.users_of(digest))
    return None if may else disallowed()


def refusal_of_repository_removal(repository):
    if not repository.exists:
        return name_unknown(repository.name)
    may = repository.can_go and all_can_go(repository, list(repository.manifests.values()))
    return None if may else disallowed()
