# SPDX-License-Identifier: Apache-2.0
"""The first, the second ... write, link, removal, truncation or reservation of a push fails with
EIO or ENOSPC, injected with strace: what was acknowledged is there, what was refused is not and can
be repeated, in this process and in the next one."""

from catalog import check_catalog
from client import BROKEN, Client, Failure, content_of, digest_of, expect, image_of
from support.server import Server
from sync_error import Injection, ONE_EACH

CALLS = ("pwrite64", "link,linkat", "unlink,unlinkat", "ftruncate", "fallocate")
# A thread makes fewer of one kind in a story.
NUMBERS_MAX = 12
# From so many rounds on every number is tried with both errors.
THOROUGH = 300
ANSWERED = (200, 201, 202)


class Story:
    """One push of everything, with what was answered to each part."""

    def __init__(self, name):
        self.name = name
        self.config = content_of(200, f"{name} config")
        # Large enough to be reserved, to be a file, and to be kept in the catalog.
        self.blobs = [content_of(size, f"{name} {size}") for size in (1_200_000, 40_000, 3_000)]
        self.chunks = [content_of(30_000, f"{name} chunk {part}") for part in range(2)]
        self.manifest = image_of(self.config, [*self.blobs, b"".join(self.chunks)])
        self.refused = 0

    def status(self, server, action):
        """None when the connection ended without an answer."""
        try:
            with Client(server, "faults/calls") as client:
                status = action(client).status
        except BROKEN:
            status = None
        self.refused += status not in ANSWERED
        return status

    def push(self, server, content):
        return self.status(server, lambda c: c.request(
            "POST", c.path(f"blobs/uploads/?digest={digest_of(content)}"), content)) == 201

    def push_in_chunks(self, server):
        """Whether it was acknowledged; each PATCH that was has to be in the offset."""
        try:
            with Client(server, "faults/calls") as client:
                link = client.start_upload()
        except (Failure, *BROKEN):
            self.refused += 1
            return False
        sent = promised = 0
        for chunk in self.chunks:
            if self.status(server, lambda c, chunk=chunk, sent=sent:
                           c.patch(link, chunk, sent)) != 202:
                self.check_offset(server, link, promised, sent + len(chunk))
                return False
            sent = promised = sent + len(chunk)
        whole = b"".join(self.chunks)
        return self.status(server, lambda c: c.close_upload(link, digest_of(whole))) == 201

    @staticmethod
    def check_offset(server, link, least, most):
        with Client(server, "faults/calls") as client:
            offset = client.upload_offset(link)
            expect(offset is not None and least <= offset <= most,
                   f"offset {offset} after a refused PATCH, not {least} to {most}")

    def run(self, server):
        """{content: whether it was acknowledged}, and whether the manifest was."""
        told = {blob: self.push(server, blob) for blob in (self.config, *self.blobs)}
        told[b"".join(self.chunks)] = self.push_in_chunks(server)
        put = self.status(server, lambda c: c.put_manifest(self.name, self.manifest))
        untagged = put == 201 and self.status(server, lambda c: c.request(
            "DELETE", f"/acr/v1/faults/calls/_tags/{self.name}")) == 202
        return told, put == 201, untagged

    def check(self, server, told, put, untagged):
        with Client(server, "faults/calls") as client:
            for content, acknowledged in told.items():
                present = client.get_blob(digest_of(content))
                expect(present == content if acknowledged else present is None,
                       f"{self.name}: a blob of {len(content)} bytes, acknowledged: {acknowledged},"
                       f" is {'there' if present == content else 'not there'}")
            digest = digest_of(self.manifest)
            expect(client.get_manifest(digest) == (self.manifest if put else None),
                   f"{self.name}: manifest, acknowledged: {put}")
            expect((client.get_manifest(self.name) is not None) == (put and not untagged),
                   f"{self.name}: tag")

    def repeat(self, server):
        told, put, untagged = self.run(server)
        expect(all(told.values()) and put and untagged, f"{self.name}: cannot be repeated: {told}")


def fail_each(folder, calls, thorough):
    """Answers the number of failures injected."""
    server = Server(folder / "data", ONE_EACH)
    failed = refusals = 0
    try:
        for number in range(1, NUMBERS_MAX + 1):
            errors = ("EIO", "ENOSPC") if thorough else \
                (("EIO", "ENOSPC")[number % 2],)
            hits = 0
            for error in errors:
                story = Story(f"{calls.split(',')[0]}-{number}-{error}")
                with Injection(folder, number, ["-f", "-p", str(server.pid)], calls,
                               error) as injection:
                    told = story.run(server)
                    hits += injection.injected()
                refusals += story.refused
                story.check(server, *told)
                if number == 1 or thorough:
                    expect(server.stop() == 0, "exit status")
                    server = Server(folder / "data", ONE_EACH)
                    story.check(server, *told)
                story.repeat(server)
            failed += hits
            if not hits:
                break
        expect(server.stop() == 0, "exit status")
        check_catalog(folder / "data")
    finally:
        server.kill()
    return failed, refusals


def each_call_fails(context):
    """each write, link, removal, truncation and reservation of a push fails in turn"""
    told = []
    for calls in CALLS:
        folder = context.folder / calls.split(",")[0]
        folder.mkdir()
        failed, refusals = fail_each(folder, calls, context.rounds >= THOROUGH)
        expect(failed > 0 or calls == "ftruncate", f"no {calls} in a push")
        told.append(f"{failed} {calls.split(',')[0]} ({refusals} refused)")
    return "failed: " + ", ".join(told)


CASES = [each_call_fails]
