# SPDX-License-Identifier: Apache-2.0
"""Operations that bring something in: uploads, mounts, manifests."""

import rules
from compare import Expected, Mismatch
from model import Upload
from rules import can_mount, refusal_of_change, refusal_of_push

UPLOADS_MAX = 4


def created_blob(repository, digest):
    return Expected(201, headers={"Docker-Content-Digest": digest,
                                  "Location": f"/v2/{repository.name}/blobs/{digest}"})


def upload_at_once(world, repository, blob):
    expected = refusal_of_change(repository) or created_blob(repository, blob.digest)
    world.check("POST", world.v2(repository, f"blobs/uploads/?digest={blob.digest}"), expected,
                blob.content)
    if expected.status == 201:
        repository.blobs[blob.digest] = blob


def location_of(answer, repository):
    link = answer.headers.get("Location") or ""
    if not link.startswith(f"/v2/{repository.name}/blobs/uploads/"):
        raise Mismatch(f"an upload's Location is {link!r}")
    return link


def begin(world, repository):
    """Answers the link of a new session, None where uploads are blocked."""
    expected = refusal_of_change(repository) or Expected(202)
    answer, _ = world.check("POST", world.v2(repository, "blobs/uploads/"), expected)
    return location_of(answer, repository) if answer.status == 202 else None


def upload_chunk(world):
    """A session with all its bytes, which a later operation finishes, or never does."""
    repository, blob = world.repository(), world.blob()
    link = begin(world, repository)
    if link is None:
        return
    answer, _ = world.check("PATCH", link, Expected(202), blob.content,
                            {"Content-Type": "application/octet-stream"})
    uploads = world.model.uploads
    uploads.append(Upload(repository, blob, location_of(answer, repository)))
    if len(uploads) > UPLOADS_MAX:
        cancel(world, uploads.pop(0).link)


def cancel(world, link):
    world.check("DELETE", link, Expected(204))


def finish_upload(world):
    """A blocked end leaves the session as it is."""
    uploads = world.model.uploads
    if not uploads:
        upload_chunk(world)
        return
    upload = world.random.choice(uploads)
    repository, blob = upload.repository, upload.blob
    expected = refusal_of_change(repository) or created_blob(repository, blob.digest)
    world.check("PUT", f"{upload.link}&digest={blob.digest}", expected)
    if expected.status == 201:
        repository.blobs[blob.digest] = blob
        uploads.remove(upload)


def push_blob(world):
    upload_at_once(world, world.repository(0.8), world.blob())


def mount(world):
    target, blob = world.repository(0.8), world.blob()
    others = [one for one in world.model.all() if one is not target]
    source = world.random.choice(others)
    query = f"mount={blob.digest}&from={source.name}"
    possible = can_mount(source, blob.digest)
    # A read-locked target that is its own and only source is left open by the rules.
    if blob.digest not in target.blobs and world.chance(0.3):
        query = f"mount={blob.digest}"
        possible = any(can_mount(other, blob.digest) for other in others)
    expected = created_blob(target, blob.digest) if possible else Expected(202)
    expected = refusal_of_change(target) or expected
    answer, _ = world.check("POST", world.v2(target, f"blobs/uploads/?{query}"), expected)
    if answer.status == 201:
        target.blobs[blob.digest] = blob
    elif answer.status == 202:
        cancel(world, location_of(answer, target))


def put(world, repository, content, by_tag=None, tags=()):
    """By digest unless `by_tag` names a tag; `tags` are parameters of a push by digest."""
    names = [by_tag] if by_tag else list(dict.fromkeys(tags))
    headers = {"Docker-Content-Digest": content.digest, "OCI-Tag": [] if by_tag else names,
               "Location": f"/v2/{repository.name}/manifests/{content.digest}",
               "OCI-Subject": content.subject or []}
    refusal = refusal_of_push(repository, content, names)
    query = "?" + "&".join(f"tag={name}" for name in tags) if tags else ""
    target = world.v2(repository, f"manifests/{by_tag or content.digest}{query}")
    _, window = world.check("PUT", target, refusal or Expected(201, headers=headers),
                            content.bytes, {"Content-Type": content.media_type})
    if refusal is None:
        repository.push(content, names, window)


def provide(world, repository, content):
    """Pushes what a push of `content` would lack."""
    for part in content.parts:
        if part.digest not in repository.blobs:
            upload_at_once(world, repository, part)
    for child in content.children:
        if child.digest not in repository.manifests:
            provide(world, repository, child)
            put(world, repository, child)


def push_manifest(world):
    repository = world.repository(0.8)
    content = world.random.choice(world.universe.contents)
    if world.chance(0.85):
        provide(world, repository, content)
    kind = world.random.random()
    if kind < 0.55:
        put(world, repository, content, by_tag=world.tag_name(repository, 0.3))
    elif kind < 0.75:
        put(world, repository, content)
    else:
        count = world.random.randint(1, 4)
        put(world, repository, content,
            tags=[world.tag_name(repository, 0.3) for _ in range(count)])


def delete_by_tag(world):
    """Refused whatever is there (acr-wire 10.3)."""
    repository = world.repository()
    world.check("DELETE", world.v2(repository, f"manifests/{world.tag_name(repository)}"),
                rules.delete_by_tag())
