// SPDX-License-Identifier: Apache-2.0
//
// Every method of ContainerRegistryContentClient: blobs and manifests.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { Readable } from "node:stream";
import { check, readAll, refused } from "./checks.mjs";
import {
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    digestOf,
    makeArtifact,
    makeImage,
    makeIndex,
    push,
} from "./images.mjs";

const MIB = 1024 * 1024;
const absent = `sha256:${"0".repeat(64)}`;

async function blobs(content) {
    const sizes = {
        "a small blob": 1000,
        "an empty blob": 0,
        "one byte less than a chunk": 4 * MIB - 1,
        "exactly one chunk": 4 * MIB,
        "one byte more than a chunk": 4 * MIB + 1,
        "several chunks": 9 * MIB + 12345,
    };
    for (const [name, size] of Object.entries(sizes)) {
        const bytes = crypto.randomBytes(size);
        const wanted = { digest: digestOf(bytes), sizeInBytes: size };
        await check(`uploadBlob: ${name}`, async () => {
            assert.deepEqual(await content.uploadBlob(bytes), wanted);
        });
        await check(`downloadBlob: ${name}`, async () => {
            const result = await content.downloadBlob(wanted.digest);
            assert.equal(result.digest, wanted.digest);
            assert.ok(bytes.equals(await readAll(result.content)), "other bytes");
        });
    }
    const pieces = Array.from({ length: 700 }, () => crypto.randomBytes(10007));
    const whole = Buffer.concat(pieces);
    await check("uploadBlob: a stream of odd pieces", async () => {
        const result = await content.uploadBlob(Readable.from(pieces));
        assert.deepEqual(result, { digest: digestOf(whole), sizeInBytes: whole.length });
    });
    await check("downloadBlob: what was streamed", async () => {
        const result = await content.downloadBlob(digestOf(whole));
        assert.ok(whole.equals(await readAll(result.content)), "other bytes");
    });
    await check("uploadBlob: a blob that is there", async () => {
        assert.equal((await content.uploadBlob(whole)).digest, digestOf(whole));
    });
    await check("deleteBlob: a blob no manifest names", () => content.deleteBlob(digestOf(whole)));
    await refused("downloadBlob: the deleted blob", 404, "BLOB_UNKNOWN", () =>
        content.downloadBlob(digestOf(whole)),
    );
    await check("deleteBlob: a missing one is no error", () => content.deleteBlob(absent));
    await refused("downloadBlob: a missing blob", 404, "BLOB_UNKNOWN", () =>
        content.downloadBlob(absent),
    );
}

// Both by tag and by digest: the bytes, the document, the type and the digest that was pushed.
async function pulls(content, name, image, tag) {
    const references = tag ? [tag, image.digest] : [image.digest];
    for (const reference of references) {
        const how = reference === tag ? "by tag" : "by digest";
        await check(`getManifest: ${name} ${how}`, async () => {
            const result = await content.getManifest(reference);
            assert.equal(result.digest, image.digest);
            assert.equal(result.mediaType, image.mediaType);
            assert.ok(image.bytes.equals(result.content), "other bytes");
            assert.deepEqual(result.manifest, image.document);
        });
    }
}

async function manifests(content) {
    const image = makeImage();
    const docker = makeImage({ docker: true });
    const arm = makeImage({ architecture: "arm64" });
    const artifact = makeArtifact();
    for (const blob of [image, docker, arm, artifact].flatMap((each) => each.blobs)) {
        await content.uploadBlob(blob);
    }
    const sets = async (name, digest, ...args) =>
        check(`setManifest: ${name}`, async () => {
            assert.deepEqual(await content.setManifest(...args), { digest });
        });
    await sets("an OCI object with a tag", image.digest, image.document, { tag: "v1" });
    await pulls(content, "an OCI image", image, "v1");
    await sets("a buffer without a tag", arm.digest, arm.bytes);
    await pulls(content, "an untagged image", arm);
    await sets("a docker manifest, streamed", docker.digest, Readable.from([docker.bytes]), {
        tag: "docker",
        mediaType: DOCKER_MANIFEST,
    });
    await pulls(content, "a docker image", docker, "docker");
    await sets("an artifact", artifact.digest, artifact.bytes, { tag: "files" });
    await pulls(content, "an artifact", artifact, "files");
    const index = makeIndex([image, arm]);
    await sets("an index", index.digest, index.bytes, { tag: "multi", mediaType: OCI_INDEX });
    await pulls(content, "an index", index, "multi");
    const list = makeIndex([docker], DOCKER_LIST);
    await sets("a docker list", list.digest, list.bytes, { tag: "list", mediaType: DOCKER_LIST });
    await pulls(content, "a docker list", list, "list");
    await sets("a tag moves", arm.digest, arm.bytes, { tag: "v1" });
    await pulls(content, "the moved tag", arm, "v1");
    await pulls(content, "the image the tag left", image);
}

async function manifestErrors(content) {
    await refused("setManifest: blobs are missing", 400, "MANIFEST_BLOB_UNKNOWN", () =>
        content.setManifest(makeImage().bytes, { tag: "bad" }),
    );
    await refused("setManifest: the media types disagree", 400, "MANIFEST_INVALID", () =>
        content.setManifest(makeImage().bytes, { tag: "bad", mediaType: DOCKER_MANIFEST }),
    );
    await refused("setManifest: not JSON", 400, "MANIFEST_INVALID", () =>
        content.setManifest(Buffer.from("no"), { tag: "bad", mediaType: OCI_MANIFEST }),
    );
    const unknown = await refused("getManifest: a missing tag", 404, "MANIFEST_UNKNOWN", () =>
        content.getManifest("bad"),
    );
    await check("getManifest: the missing tag is named", () =>
        assert.equal(unknown.message, 'manifest tagged by "bad" is not found'),
    );
    await refused("getManifest: a missing digest", 404, "MANIFEST_UNKNOWN", () =>
        content.getManifest(absent),
    );
    const image = await push(content, makeImage(), "short-lived");
    await check("deleteManifest: by digest", () => content.deleteManifest(image.digest));
    await refused("getManifest: a deleted digest", 404, "MANIFEST_UNKNOWN", () =>
        content.getManifest(image.digest),
    );
    await refused("getManifest: its tag went too", 404, "MANIFEST_UNKNOWN", () =>
        content.getManifest("short-lived"),
    );
    await check("deleteManifest: a missing one is no error", () => content.deleteManifest(absent));
    await refused("deleteManifest: by tag", 405, "UNSUPPORTED", () => content.deleteManifest("v1"));
}

export async function contentChecks(context) {
    const content = context.content("team/content");
    await check("endpoint: of the content client", () =>
        assert.equal(content.endpoint, context.endpoint),
    );
    await check("repositoryName: of the content client", () =>
        assert.equal(content.repositoryName, "team/content"),
    );
    await blobs(content);
    await manifests(content);
    await manifestErrors(content);
    const elsewhere = context.content("team/nowhere");
    await refused("getManifest: a missing repository", 404, "MANIFEST_UNKNOWN", () =>
        elsewhere.getManifest("v1"),
    );
    await refused("downloadBlob: a missing repository", 404, "", () =>
        elsewhere.downloadBlob(absent),
    );
}
