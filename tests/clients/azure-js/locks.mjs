// SPDX-License-Identifier: Apache-2.0
//
// Every flag of every level is closed in turn, and everything the SDK can do is tried: what
// docs/locks.md blocks is refused with REGISTRY_DISALLOWED_OPERATION, the rest works.
import assert from "node:assert/strict";
import { check, collect, refused } from "./checks.mjs";
import { makeImage, push } from "./images.mjs";

const open = { canDelete: true, canWrite: true, canList: true, canRead: true };

// What is refused. Everything is tried in the order of attempts(), deletions last.
const pull = ["getManifest by tag", "getManifest by digest"];
const deletions = ["deleteBlob", "artifact.delete", "deleteManifest", "deleteRepository"];
const blocked = {
    repository: {
        canWrite: ["setManifest", "setManifest new tag", "uploadBlob", "deleteTag", ...deletions],
        canDelete: ["deleteRepository"],
        canRead: [...pull, "downloadBlob"],
        canList: [],
    },
    tag: {
        canWrite: ["setManifest", "deleteTag", ...deletions],
        canDelete: ["deleteTag", ...deletions],
        canRead: ["getManifest by tag"],
        canList: [],
    },
    manifest: {
        canWrite: deletions,
        canDelete: deletions,
        canRead: pull,
        canList: [],
    },
};

const updates = {
    repository: "updateProperties",
    tag: "updateTagProperties",
    manifest: "updateManifestProperties",
};
const lists = {
    repository: "listRepositoryNames",
    tag: "listTagProperties",
    manifest: "listManifestProperties",
};

function attempts({ registry, content }, name, image) {
    const repo = registry.getRepository(name);
    const artifact = repo.getArtifact(image.digest);
    return {
        getProperties: () => repo.getProperties(),
        getTagProperties: () => artifact.getTagProperties("v1"),
        getManifestProperties: () => artifact.getManifestProperties(),
        updateProperties: () => repo.updateProperties({}),
        updateTagProperties: () => artifact.updateTagProperties("v1", {}),
        updateManifestProperties: () => artifact.updateManifestProperties({}),
        "getManifest by tag": () => content(name).getManifest("v1"),
        "getManifest by digest": () => content(name).getManifest(image.digest),
        downloadBlob: async () =>
            collect((await content(name).downloadBlob(image.layerDigest)).content),
        setManifest: () => content(name).setManifest(image.bytes, { tag: "v1" }),
        "setManifest new tag": () => content(name).setManifest(image.bytes, { tag: "new" }),
        uploadBlob: () => content(name).uploadBlob(Buffer.from(`a blob of ${name}`)),
        deleteBlob: () => content(name).deleteBlob(image.layerDigest),
        deleteTag: () => artifact.deleteTag("v1"),
        deleteManifest: () => content(name).deleteManifest(image.digest),
        "artifact.delete": () => artifact.delete(),
        deleteRepository: () => registry.deleteRepository(name),
    };
}

function update({ registry }, level, name, image, change) {
    const repo = registry.getRepository(name);
    const artifact = repo.getArtifact(image.digest);
    switch (level) {
        case "repository":
            return repo.updateProperties(change);
        case "tag":
            return artifact.updateTagProperties("v1", change);
        default:
            return artifact.updateManifestProperties(change);
    }
}

// Whether the lists show the repository, the tag and the manifest.
async function shown({ registry }, name, image) {
    const artifact = registry.getArtifact(name, image.digest);
    const manifests = await collect(registry.getRepository(name).listManifestProperties());
    return {
        repository: (await collect(registry.listRepositoryNames())).includes(name),
        tag: (await collect(artifact.listTagProperties())).some((tag) => tag.name === "v1"),
        manifest: manifests.some((manifest) => manifest.digest === image.digest),
        inManifest: (await artifact.getManifestProperties()).tags.includes("v1"),
    };
}

async function lock(context, level, flag) {
    const name = `locks/${level}-${flag.toLowerCase()}`;
    const what = `${level} ${flag}=false`;
    const image = await push(context.content(name), makeImage(), "v1");
    await push(context.content(name), makeImage(), "other");
    await check(`${updates[level]}: ${what}`, async () => {
        const properties = await update(context, level, name, image, { [flag]: false });
        for (const each of Object.keys(open)) {
            assert.equal(properties[each], each !== flag, each);
        }
    });
    await check(`${lists[level]}: with ${what}`, async () => {
        const wanted = { repository: true, tag: true, manifest: true, inManifest: true };
        wanted[level] = flag !== "canList";
        assert.deepEqual(await shown(context, name, image), wanted);
    });
    for (const [attempt, call] of Object.entries(attempts(context, name, image))) {
        const isBlocked = blocked[level][flag].includes(attempt);
        // A blob that a manifest names is deleted only to see that a lock forbids it.
        if (attempt === "deleteBlob" && !isBlocked) {
            continue;
        }
        if (isBlocked) {
            const title = `${attempt}: refused with ${what}`;
            await refused(title, 405, "REGISTRY_DISALLOWED_OPERATION", call);
        } else {
            await check(`${attempt}: allowed with ${what}`, call);
        }
    }
    if (blocked[level][flag].includes("deleteRepository")) {
        await check(`${updates[level]}: ${what} can be opened again`, async () => {
            await update(context, level, name, image, open);
            await context.registry.deleteRepository(name);
        });
    }
    await check(`deleteRepository: after ${what} it is gone`, async () => {
        const names = await collect(context.registry.listRepositoryNames());
        assert.ok(!names.includes(name));
    });
}

export async function lockChecks(context) {
    for (const level of Object.keys(blocked)) {
        for (const flag of Object.keys(open)) {
            await lock(context, level, flag);
        }
    }
}
