# SPDX-License-Identifier: Apache-2.0
"""Looks at a repository through the API and says how it differs from a state of the journal."""

import json

from client import OCI_IMAGE, Failure, digest_of, expect

PAGE = 1000
LOCKS = ("deleteEnabled", "writeEnabled")


class Seen:
    """What is there now. Reading it is half of the test: whatever is listed can be pulled."""

    def __init__(self, client, blobs):
        """`blobs`: digests to ask for."""
        self.tags, self.locks = {}, {}
        for tag in self._items(client, "_tags", "tags"):
            self.tags[tag["name"]] = tag["digest"]
            self._keep_locks(tag["name"], tag)
        self.bin = {item["digest"] for item in self._items(client, "_manifests", "manifests",
                                                           "/acr/v1/_deleted")}
        self.manifests = {}
        for item in self._items(client, "_manifests", "manifests"):
            self.manifests[item["digest"]] = self._pulled(client, item["digest"])
            self._keep_locks(item["digest"], item)
        for tag, digest in self.tags.items():
            expect(client.get_manifest(tag) == self.manifests.get(digest),
                   f"tag {tag} is not the manifest {digest} it is listed with")
        wanted = set(blobs)
        for manifest in self.manifests.values():
            parts = json.loads(manifest)
            wanted |= {part["digest"] for part in (parts["config"], *parts["layers"])}
        self.blobs = {digest for digest in sorted(wanted) if self._has(client, digest)}

    @staticmethod
    def _items(client, kind, member, prefix="/acr/v1"):
        answer = client.request("GET", f"{prefix}/{client.repository}/{kind}?n={PAGE}")
        if answer.status == 404:
            return []
        expect(answer.status == 200, f"{kind} of {client.repository}: {answer.status}")
        return json.loads(answer.body)[member] or []

    def _keep_locks(self, name, item):
        flags = {flag: item["changeableAttributes"][flag] for flag in LOCKS}
        if not all(flags.values()):
            self.locks[name] = flags

    @staticmethod
    def _pulled(client, digest):
        answer = client.request("GET", client.path(f"manifests/{digest}"), None,
                                {"Accept": OCI_IMAGE})
        expect(answer.status == 200, f"manifest {digest} is listed, its pull is {answer.status}")
        expect(digest_of(answer.body) == digest, f"manifest {digest} has other bytes")
        return answer.body

    @staticmethod
    def _has(client, digest):
        content = client.get_blob(digest)
        expect(content is None or digest_of(content) == digest, f"blob {digest} has other bytes")
        return content is not None


def differences(client, seen, state, collected):
    """Sentences; none when what was seen is this state."""
    told = []
    for what in ("tags", "manifests"):
        there, due = getattr(seen, what), getattr(state, what)
        told += [f"{what}: {name} is missing" for name in due if name not in there]
        told += [f"{what}: {name} is too many" for name in there if name not in due]
        told += [f"{what}: {name} is another one" for name in due
                 if name in there and there[name] != due[name]]
    if seen.bin != set(state.bin):
        told.append(f"the bin has {sorted(seen.bin)}, not {sorted(state.bin)}")
    due = {name: flags for name, flags in state.locks.items() if not all(flags.values())}
    if seen.locks != due:
        told.append(f"locks are {seen.locks}, not {due}")
    required = state.used() | (set() if collected else set(state.blobs))
    told += [f"blob {digest} is missing" for digest in sorted(required - seen.blobs)]
    told += [f"blob {digest} is back" for digest in sorted(state.gone & seen.blobs)]
    for link, upload in state.uploads.items():
        offset = client.upload_offset(link)
        if offset is None:
            told += [f"upload {link} is unknown"] if upload.least > 0 else []
        elif not upload.least <= offset <= upload.most:
            told.append(f"upload at {offset}, not {upload.least} to {upload.most}")
    return told


def finish_uploads(client, state):
    """Every open session goes on where the server says that it is. Answers the state then."""
    after = state.copy()
    after.uploads = {}
    for link, upload in state.uploads.items():
        offset = client.send_rest(link, upload.content)
        if offset is None:
            continue
        answer = client.close_upload(link, digest_of(upload.content))
        expect(answer.status == 201, f"upload continued at {offset}: {answer.status} "
               f"{answer.body[:300]!r}")
        client.check_blob(upload.content)
        after.blobs[digest_of(upload.content)] = upload.content
        after.gone.discard(digest_of(upload.content))
    return after


def check_repository(client, possible, collected):
    """One of the `possible` states, wholly; answers it, its uploads finished. Their differences are
    told when it is none."""
    blobs = {digest for _, state in possible for digest in (*state.blobs, *state.gone)}
    seen = Seen(client, blobs)
    tried = []
    for kind, state in possible:
        told = differences(client, seen, state, collected)
        if not told:
            return finish_uploads(client, state)
        tried.append(f"after {kind}: " + "; ".join(told[:6]))
    raise Failure(f"{client.repository} is in no state it may be in: " + " | ".join(tried))
