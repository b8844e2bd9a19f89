# SPDX-License-Identifier: Apache-2.0
"""Operations that walk a list from its first page, or from a random place, along Link to the end.
Every page is compared byte for byte, so their concatenation is the list."""

from functools import partial
from urllib.parse import urlencode

import rules
from compare import Expected, json_body
from render import (learn_manifests, learn_tags, link, manifests_page, referrers_page, tags_page)
from universe import OCI_INDEX, SBOM, SIGNATURE, OCI_EMPTY

PAGE_DEFAULT = 100
TIME_ORDERS = ("timeasc", "timedesc")


class List:
    """`path` as Link spells it; `items` in order, each with the name that `last` takes; `page`
    makes the body of some of them; `parameters` are repeated in Link."""

    def __init__(self, path, items, name_of, page, parameters=None, **expected):
        self.path = path
        self.items = items
        self.name_of = name_of
        self.page = page
        self.parameters = parameters or {}
        self.expected = expected
        self.also = {}  # headers of each page

    def first_target(self, size, last):
        query = {name: value for name, value in self.parameters.items() if value}
        query.update({"n": size} if size else {}, **({"last": last} if last else {}))
        return self.path + ("?" + urlencode(query) if query else "")

    def link_after(self, item, size):
        return link(self.path, last=self.name_of(item), n=str(size or PAGE_DEFAULT),
                    **self.parameters)

    def expect(self, shown, more, size):
        headers = dict(self.also)
        if more:
            headers["Link"] = self.link_after(shown[-1], size)
        return Expected(200, lambda: self.page(shown), headers=headers, **self.expected)


def random_size(world):
    return world.random.choice((None, 1, 2, 3, 4, 5))


def target_of(answer):
    """The target of its Link, None on the last page."""
    found = answer.headers.get("Link")
    return found[1:found.index(">")] if found else None


def walk(world, a_list, last=None):
    size = random_size(world)
    left = a_list.items
    if last is not None:
        left = [item for item in left if a_list.name_of(item) > last]
    target = a_list.first_target(size, last)
    while target is not None:
        shown, left = left[:size or PAGE_DEFAULT], left[size or PAGE_DEFAULT:]
        answer, _ = world.check("GET", target, a_list.expect(shown, bool(left), size))
        target = target_of(answer)


# --- The lists


def catalog_list(world, prefix, order=""):
    names = [one.name for one in world.model.visible()]
    return List(f"{prefix}/_catalog", names, str,
                lambda shown: json_body({"repositories": shown or None}), {"orderby": order})


def by_time(items, order, name_of):
    """Ties fall as the names do, in the direction of the order."""
    return sorted(items, key=lambda item: (item.updated.ticks, name_of(item)),
                  reverse=order == "timedesc")


def in_order(items, order, name_of):
    listed = [item for item in items if item.is_listed]
    if order in TIME_ORDERS:
        return by_time(listed, order, name_of)
    return sorted(listed, key=name_of)


def name_of_tag(tag):
    return tag.name


def name_of_manifest(manifest):
    return manifest.content.digest


def tags_list(repository, order="", digest=None):
    tags = [tag for tag in repository.tags.values() if digest in (None, tag.content.digest)]
    parameters = {"orderby": order, **({"digest": digest} if digest else {})}
    return List(f"/acr/v1/{repository.name}/_tags", in_order(tags, order, name_of_tag),
                name_of_tag, partial(tags_page, repository), parameters,
                learn=lambda answer: learn_tags(repository, answer.get("tags")))


def manifests_list(repository, order=""):
    manifests = in_order(repository.manifests.values(), order, name_of_manifest)
    return List(f"/acr/v1/{repository.name}/_manifests", manifests, name_of_manifest,
                partial(manifests_page, repository), {"orderby": order},
                learn=lambda answer: learn_manifests(repository, answer.get("manifests")))


def oci_tags_list(repository):
    tags = in_order(repository.tags.values(), "", name_of_tag)
    return List(f"/v2/{repository.name}/tags/list", tags, name_of_tag, lambda shown: json_body(
        {"name": repository.name, "tags": [tag.name for tag in shown]}), {"orderby": ""})


def referrers_list(repository, subject, artifact_type=None):
    found = [one for one in repository.manifests.values() if one.content.subject == subject and
             artifact_type in (None, one.content.artifact_type)]
    result = List(f"/v2/{repository.name}/referrers/{subject}",
                  in_order(found, "", name_of_manifest), name_of_manifest, referrers_page,
                  {"artifactType": artifact_type} if artifact_type else {},
                  content_type=OCI_INDEX)
    if artifact_type:
        result.also = {"OCI-Filters-Applied": "artifactType"}
    return result


# --- The operations


def random_order(world):
    """Anything but the two time orders means by name, and is repeated in Link (acr-wire 8.1)."""
    return world.random.choice(("", "", "timeasc", "timedesc", "timeasc", "timedesc", "none"))


def random_last(world, names, order):
    """Any name will do, also one that is not there, where the order is that of the names."""
    if order in TIME_ORDERS or world.chance(0.7):
        return None
    return world.random.choice(names)


def list_catalog(world):
    names = [one.name for one in world.model.all()] + ["a", "model/app-", "zz"]
    order = world.random.choice(("", "", "timedesc"))
    walk(world, catalog_list(world, world.random.choice(("/v2", "/acr/v1")), order),
         random_last(world, names, ""))


def list_tags(world):
    repository, order = world.repository(), random_order(world)
    digest = world.digest(repository) if world.chance(0.3) else None
    last = random_last(world, world.universe.tags, order)
    if not repository.exists:
        world.check("GET", world.acr(repository, "_tags"),
                    rules.repository_not_found(repository.name))
        return
    if order in TIME_ORDERS:
        world.learn_times(repository)
    walk(world, tags_list(repository, order, digest), last)


def list_oci_tags(world):
    repository = world.repository()
    last = random_last(world, world.universe.tags, "")
    if repository.exists:
        walk(world, oci_tags_list(repository), last)
    else:
        world.check("GET", world.v2(repository, "tags/list"), rules.name_unknown(repository.name))


def list_manifests(world):
    repository, order = world.repository(), random_order(world)
    last = random_last(world, list(world.universe.by_digest), order)
    if not repository.exists:
        world.check("GET", world.acr(repository, "_manifests"),
                    rules.repository_not_found(repository.name))
        return
    if order in TIME_ORDERS:
        world.learn_times(repository)
    walk(world, manifests_list(repository, order), last)


def list_referrers(world):
    repository = world.repository()
    subject = world.random.choice(world.universe.subjects)
    kind = world.random.choice((None, None, SBOM, SIGNATURE, OCI_EMPTY, "a/none"))
    walk(world, referrers_list(repository, subject, kind),
         random_last(world, list(world.universe.by_digest), ""))


def list_everything(world):
    """Each list of each repository in each order, for after a restart."""
    for prefix in ("/v2", "/acr/v1"):
        walk(world, catalog_list(world, prefix))
    for repository in world.model.all():
        if not repository.exists:
            continue
        world.learn_times(repository)
        for order in ("", *TIME_ORDERS):
            walk(world, tags_list(repository, order))
            walk(world, manifests_list(repository, order))
        walk(world, oci_tags_list(repository))
        for subject in world.universe.subjects:
            walk(world, referrers_list(repository, subject))
