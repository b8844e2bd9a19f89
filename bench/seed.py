# SPDX-License-Identifier: Apache-2.0
"""What the servers hold before they are measured."""

import work


def image(bench, servers, manifest=None):
    """The small image, tagged latest; nginx gets the files."""
    manifest = manifest or work.image("latest")
    blobs = [one for content in (work.CONFIG, work.SMALL) for one in work.push_requests(content)]
    for server in servers:
        if server.pushes:
            bench.prepare("blobs of the image", server,
                          lambda server=server: bench.load.run(server, blobs, 1, steps=2))
            bench.prepare("the image", server, lambda server=server: bench.load.run(
                server, [work.tag_request("latest", manifest)], 1))
        else:
            place(bench, server, "manifests", "latest", manifest)
            place(bench, server, "manifests", work.digest_of(manifest), manifest)
            place(bench, server, "blobs", work.digest_of(work.SMALL), work.SMALL)
    return manifest


def place(bench, server, kind, name, content):
    source = server.folder / f"{kind}-{name.replace(':', '-')}"
    source.write_bytes(content)
    server.place(kind, name, source)


def large(bench, servers):
    """One blob of the large size. nginx sends Berth's own file: how the page cache came to hold the
    bytes (in large or small folios) is worth 15 %, and is not what is compared."""
    blob = bench.blobs.unique(bench.scale.large)
    berth = next(server for server in servers if server.name == "berth")
    for server in servers:
        if server.pushes:
            bench.prepare("the large blob", server, lambda server=server: bench.load.run(
                server, [blob.monolithic()], 1))
    for server in servers:
        if server.name == "nginx":
            server.place("blobs", blob.digest, berth.stored(blob.digest))
    return blob
