// SPDX-License-Identifier: Apache-2.0
//
// A registry that lets anyone read: the SDK reads, and for what it may not do it fetches an
// anonymous token of its own accord, tries again with it and is refused.
import assert from "node:assert/strict";
import { check, collect, readAll, refused } from "./checks.mjs";
import { makeImage, push } from "./images.mjs";

// What the SDK sends to be allowed: refused without a token, then the token, then refused with it.
async function triedWithToken(name, exchanges, call) {
    exchanges.length = 0;
    const error = await refused(`${name}: refused to anyone`, 401, "UNAUTHORIZED", call);
    await check(`${name}: after the anonymous token exchange`, () => {
        const seen = exchanges.map(({ method, path, status, token }) =>
            path === "/oauth2/token" ? `${method} token ${status}` : `${status} ${token}`,
        );
        const tail = seen.slice(-2);
        assert.deepEqual(tail, ["POST token 200", "401 Bearer"], JSON.stringify(exchanges));
        assert.ok(Array.isArray(error.detail), "the error has no detail");
    });
}

export async function signInChecks(anonymous, admin, exchanges) {
    const name = "team/public";
    const image = await push(admin.content(name), makeImage(), "v1");
    const repo = anonymous.registry.getRepository(name);
    const artifact = repo.getArtifact("v1");
    const content = anonymous.content(name);
    const reads = {
        listRepositoryNames: async () =>
            assert.deepEqual(await collect(anonymous.registry.listRepositoryNames()), [name]),
        getProperties: async () => assert.equal((await repo.getProperties()).tagCount, 1),
        listTagProperties: async () =>
            assert.equal((await collect(artifact.listTagProperties())).length, 1),
        listManifestProperties: async () =>
            assert.equal((await collect(repo.listManifestProperties())).length, 1),
        getTagProperties: async () =>
            assert.equal((await artifact.getTagProperties("v1")).digest, image.digest),
        getManifestProperties: async () =>
            assert.equal((await artifact.getManifestProperties()).sizeInBytes, image.size),
        getManifest: async () =>
            assert.ok(image.bytes.equals((await content.getManifest("v1")).content)),
        downloadBlob: async () => {
            const { content: stream } = await content.downloadBlob(image.layerDigest);
            assert.ok(image.blobs[1].equals(await readAll(stream)), "other bytes");
        },
    };
    const writes = {
        updateProperties: () => repo.updateProperties({ canWrite: false }),
        updateTagProperties: () => artifact.updateTagProperties("v1", { canWrite: false }),
        updateManifestProperties: () => artifact.updateManifestProperties({ canWrite: false }),
        deleteTag: () => artifact.deleteTag("v1"),
        delete: () => artifact.delete(),
        deleteRepository: () => anonymous.registry.deleteRepository(name),
        deleteManifest: () => content.deleteManifest(image.digest),
        deleteBlob: () => content.deleteBlob(image.layerDigest),
        setManifest: () => content.setManifest(image.bytes, { tag: "v2" }),
        uploadBlob: () => content.uploadBlob(Buffer.from("refused")),
    };
    for (const [operation, read] of Object.entries(reads)) {
        await check(`${operation}: anyone may read`, read);
    }
    for (const [operation, write] of Object.entries(writes)) {
        await triedWithToken(operation, exchanges, write);
    }
    // The clients now hold a token for something else and have to get another one.
    for (const [operation, read] of Object.entries(reads)) {
        await check(`${operation}: anyone may still read`, read);
    }
    await check("getProperties: nothing was changed", async () => {
        const properties = await admin.registry.getRepository(name).getProperties();
        assert.ok(properties.canWrite && properties.tagCount === 1);
    });
}
