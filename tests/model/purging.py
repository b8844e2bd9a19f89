# SPDX-License-Identifier: Apache-2.0
"""Deletes and hides items of each page, its last one too, before it follows Link, as a purge does:
what stays from start to end must be seen exactly once, whatever becomes of the place where a page
ended."""

import rules
from changing import delete_manifest, delete_tag, lock_manifest, lock_tag
from compare import Mismatch
from listing import (manifests_list, name_of_manifest, name_of_tag, tags_list, target_of,
                     TIME_ORDERS)


class Kind:
    def __init__(self, items_of, a_list, name_of, delete, lock):
        self.items_of = items_of
        self.a_list = a_list
        self.name_of = name_of
        self.delete = delete
        self.lock = lock

    def is_shown(self, repository, item):
        return self.items_of(repository).get(self.name_of(item)) is item and item.is_listed


TAGS = Kind(lambda repository: repository.tags, tags_list, name_of_tag, delete_tag, lock_tag)
MANIFESTS = Kind(lambda repository: repository.manifests, manifests_list, name_of_manifest,
                 delete_manifest, lock_manifest)


def thin_out(world, kind, repository, shown, left):
    chosen = [item for item in shown if world.chance(0.4)]
    chosen += [item for item in left if world.chance(0.1)]
    if shown and world.chance(0.5) and shown[-1] not in chosen:
        chosen.append(shown[-1])
    for item in chosen:
        name, hides = kind.name_of(item), world.chance(0.2)
        if not kind.is_shown(repository, item):
            continue  # it went with another one
        if hides:
            kind.lock(world, repository, name, {"listEnabled": False})
        else:
            kind.delete(world, repository, name)


def purge_while_listing(world):
    repository, size = world.repository(), world.random.randint(1, 3)
    kind = TAGS if world.chance(0.6) else MANIFESTS
    order = world.random.choice((*TIME_ORDERS, "timedesc", ""))
    if not repository.exists:
        return
    world.learn_times(repository)
    a_list = kind.a_list(repository, order)
    left, seen, target = a_list.items, [], a_list.first_target(size, None)
    while target is not None:
        if not repository.exists:
            world.check("GET", target, rules.repository_not_found(repository.name))
            return
        shown, left = left[:size], left[size:]
        answer, _ = world.check("GET", target, a_list.expect(shown, bool(left), size))
        target = target_of(answer)
        seen += [kind.name_of(item) for item in shown]
        thin_out(world, kind, repository, shown, left)
        left = [item for item in left if kind.is_shown(repository, item)]
    stayed = [kind.name_of(item) for item in a_list.items if kind.is_shown(repository, item)]
    if [name for name in stayed if seen.count(name) != 1]:
        raise Mismatch(f"stayed: {stayed}, seen: {seen}")
