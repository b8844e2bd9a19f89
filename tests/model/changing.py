# SPDX-License-Identifier: Apache-2.0
"""Operations that lock, open and delete."""

import json

import rules
from compare import Expected, json_body
from model import FLAGS
from render import (learn_item, learn_repository, one_manifest, one_tag, repository_json)


# --- Locks


def random_flags(world):
    """Some of the four; more often than not they open."""
    if world.chance(0.5):
        return dict.fromkeys(FLAGS, True)
    chosen = world.random.sample(FLAGS, world.random.randint(0, 4))
    return {name: world.chance(0.45) for name in chosen}


def patch(world, target, item, refusal, answer, asked):
    """`answer` makes the Expected of success; it is asked after the change."""
    if refusal is None:
        item.flags.update({name: asked[name] for name in FLAGS if name in asked})
    world.check("PATCH", target, refusal or answer(), json.dumps(asked).encode(),
                {"Content-Type": "application/json"})


def lock_repository(world):
    repository, asked = world.repository(), random_flags(world)
    if repository.exists and world.chance(0.1):
        asked["teleportEnabled"] = repository.teleport = world.chance(0.5)
    refusal = None if repository.exists else rules.repository_not_found(repository.name)
    patch(world, world.acr(repository), repository, refusal,
          lambda: repository_answer(repository), asked)


def lock_tag(world, repository=None, name=None, asked=None):
    repository = repository or world.repository()
    name, asked = name or world.tag_name(repository), asked or random_flags(world)
    tag = repository.tags.get(name)
    patch(world, world.acr(repository, f"_tags/{name}"), tag,
          None if tag else rules.tag_unknown(), lambda: tag_answer(repository, tag), asked)


def lock_manifest(world, repository=None, digest=None, asked=None):
    repository = repository or world.repository()
    digest, asked = digest or world.digest(repository), asked or random_flags(world)
    manifest = repository.manifests.get(digest)
    if manifest and world.chance(0.1):
        verdict = {"quarantineState": world.random.choice(("Passed", "Failed")),
                   "quarantineDetails": '{"by":"model"}'}
        verdict = {name: verdict[name] for name in sorted(verdict) if world.chance(0.7)}
        manifest.quarantine.update(verdict)
        asked = {**asked, **verdict}
    patch(world, world.acr(repository, f"_manifests/{digest}"), manifest,
          None if manifest else rules.manifest_metadata_unknown(),
          lambda: manifest_answer(repository, manifest), asked)


def open_all(world):
    """Takes every lock off one repository, so that states get deep again."""
    repository = world.repository()
    every = dict.fromkeys(FLAGS, True)
    if repository.exists and repository.flags != every:
        patch(world, world.acr(repository), repository, None,
              lambda: repository_answer(repository), every)
    for name, tag in sorted(repository.tags.items()):
        if tag.flags != every:
            patch(world, world.acr(repository, f"_tags/{name}"), tag, None,
                  lambda tag=tag: tag_answer(repository, tag), every)
    for digest, manifest in sorted(repository.manifests.items()):
        if manifest.flags != every:
            patch(world, world.acr(repository, f"_manifests/{digest}"), manifest, None,
                  lambda manifest=manifest: manifest_answer(repository, manifest), every)


# --- The attributes, as GET and PATCH answer them


def repository_answer(repository):
    return Expected(200, lambda: json_body(repository_json(repository)),
                    learn=lambda answer: learn_repository(repository, answer))


def tag_answer(repository, tag):
    return Expected(200, lambda: one_tag(repository, tag),
                    learn=lambda answer: learn_item(tag, answer.get("tag", {})))


def manifest_answer(repository, manifest):
    return Expected(200, lambda: one_manifest(repository, manifest),
                    learn=lambda answer: learn_item(manifest, answer.get("manifest", {})))


# --- Deleting


def delete_tag(world, repository=None, name=None):
    repository = repository or world.repository()
    name = name or world.tag_name(repository)
    refusal = rules.refusal_of_untag(repository, name)
    expected = refusal or Expected(202, headers={
        "X-Ms-Int-Docker-Content-Digest": repository.tags[name].content.digest})
    _, window = world.check("DELETE", world.acr(repository, f"_tags/{name}"), expected)
    if refusal is None:
        repository.remove_tag(name, window)


def delete_manifest(world, repository=None, digest=None):
    repository = repository or world.repository()
    digest = digest or world.digest(repository)
    refusal = rules.refusal_of_manifest_removal(repository, digest)
    _, window = world.check("DELETE", world.v2(repository, f"manifests/{digest}"),
                            refusal or Expected(202))
    if refusal is None:
        repository.remove_manifest(digest, window)


def delete_blob(world):
    repository = world.repository()
    digest = world.blob().digest
    refusal = rules.refusal_of_blob_removal(repository, digest)
    world.check("DELETE", world.v2(repository, f"blobs/{digest}"), refusal or Expected(202))
    if refusal is None:
        del repository.blobs[digest]


def delete_repository(world):
    repository = world.repository(0.8)
    refusal = rules.refusal_of_repository_removal(repository)
    expected = refusal or Expected(202, json_body({
        "manifestsDeleted": sorted(repository.manifests),
        "tagsDeleted": sorted(repository.tags) or None}))
    world.check("DELETE", world.acr(repository), expected)
    if refusal is None:
        repository.remove()
        uploads = world.model.uploads
        # What becomes of its open sessions is not said: they are left alone from here on.
        uploads[:] = [one for one in uploads if one.repository is not repository]
