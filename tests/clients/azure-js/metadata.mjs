// SPDX-License-Identifier: Apache-2.0
//
// Every method of ContainerRegistryClient, ContainerRepository and RegistryArtifact: lists, pages,
// properties, deletion. What locks refuse is in locks.mjs.
import assert from "node:assert/strict";
import { check, collect, refused } from "./checks.mjs";
import { makeArtifact, makeImage, makeIndex, push } from "./images.mjs";

const absent = `sha256:${"0".repeat(64)}`;
const byTime = ["LastUpdatedOnAscending", "LastUpdatedOnDescending"];
const open = { canDelete: true, canWrite: true, canList: true, canRead: true };

// The list in one go, and in pages of 1 to 3 items: the same items, full pages, none after the
// last item. Then the second page from the first one's continuation token.
async function pages(name, list, keyOf, wanted) {
    await check(`${name}: all`, async () =>
        assert.deepEqual((await collect(list())).map(keyOf), wanted),
    );
    for (const size of [1, 2, 3]) {
        await check(`${name}: pages of ${size}`, async () => {
            const found = await collect(list().byPage({ maxPageSize: size }));
            assert.deepEqual(found.flat().map(keyOf), wanted);
            assert.equal(found.length, Math.ceil(wanted.length / size));
            assert.ok(found.slice(0, -1).every((page) => page.length === size));
            assert.equal(found.at(-1).continuationToken, undefined);
        });
    }
    await check(`${name}: continue from a token`, async () => {
        const first = (await list().byPage({ maxPageSize: 2 }).next()).value;
        const rest = await collect(list().byPage({ continuationToken: first.continuationToken }));
        assert.deepEqual([...first, ...rest.flat()].map(keyOf), wanted);
    });
}

function freshTimes(properties) {
    const age = Date.now() - properties.createdOn.getTime();
    assert.ok(age > -5000 && age < 600000, `created ${properties.createdOn.toISOString()}`);
    assert.ok(properties.lastUpdatedOn >= properties.createdOn, "updated before it was created");
}

function subset(actual, wanted) {
    for (const [name, value] of Object.entries(wanted)) {
        assert.deepEqual(actual[name], value, name);
    }
}

async function catalog({ registry, content, endpoint }) {
    const names = ["a", "list/b", "list/c-1", "list/c.1", "list/c/d", "z_z"].map((n) => `cat/${n}`);
    for (const name of names.toReversed()) {
        await push(content(name), makeImage(), "v1");
    }
    await check("endpoint: of the client", () => assert.equal(registry.endpoint, endpoint));
    const wanted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    await pages("listRepositoryNames", () => registry.listRepositoryNames(), String, wanted);
}

async function repository({ registry, content, endpoint, host }) {
    const name = "team/sub/properties";
    const image = await push(content(name), makeImage(), "v1");
    await push(content(name), image, "v2");
    await push(content(name), makeImage());
    const repo = registry.getRepository(name);
    await check("getRepository: name and endpoint", () =>
        subset(repo, { name, registryEndpoint: endpoint }),
    );
    const wanted = { registryLoginServer: host, name, manifestCount: 2, tagCount: 2, ...open };
    const before = await check("getProperties: of a repository", async () => {
        const properties = await repo.getProperties();
        subset(properties, wanted);
        freshTimes(properties);
        return properties;
    });
    await check("updateProperties: nothing", async () =>
        assert.deepEqual(await repo.updateProperties({}), before),
    );
    await check("updateProperties: one by one they add up", async () => {
        const changed = { ...open };
        for (const flag of Object.keys(open)) {
            changed[flag] = false;
            subset(await repo.updateProperties({ [flag]: false }), { ...wanted, ...changed });
            subset(await repo.getProperties(), { ...wanted, ...changed });
        }
    });
    await check("updateProperties: all at once", async () =>
        assert.deepEqual(await repo.updateProperties(open), before),
    );
    await check("delete: a repository", () => repo.delete());
    await refused("getProperties: of the deleted repository", 404, "NAME_UNKNOWN", () =>
        repo.getProperties(),
    );
    await check("delete: a missing repository is no error", () => repo.delete());
    await push(content(name), image, "v1");
    await check("deleteRepository: it is gone", async () => {
        await registry.deleteRepository(name);
        const names = await collect(registry.listRepositoryNames());
        assert.ok(names.length > 0 && !names.includes(name));
    });
    await check("deleteRepository: a missing one is no error", () =>
        registry.deleteRepository(name),
    );
}

async function tags({ registry, content, host }) {
    const name = "team/tags";
    const first = makeImage();
    const second = makeImage();
    const pushed = ["t3", "T9", "t1", "t20", "t2"];
    for (const tag of pushed) {
        await push(content(name), first, tag);
    }
    const artifact = registry.getArtifact(name, "t1");
    const list = (order) => () => artifact.listTagProperties({ order });
    const tagName = (tag) => tag.name;
    const [up, down] = byTime;
    await pages("listTagProperties", list(), tagName, ["T9", "t1", "t2", "t20", "t3"]);
    await pages("listTagProperties oldest first", list(up), tagName, pushed);
    await pages("listTagProperties newest first", list(down), tagName, pushed.toReversed());
    const before = await check("getTagProperties: of a tag", async () => {
        const properties = await artifact.getTagProperties("t3");
        const wanted = { repositoryName: name, name: "t3", digest: first.digest, ...open };
        subset(properties, { registryLoginServer: host, ...wanted });
        freshTimes(properties);
        return properties;
    });
    await check("listTagProperties: the same properties as one by one", async () => {
        for (const listed of await collect(artifact.listTagProperties())) {
            // The SDK leaves this member out of a single tag.
            const { signed, ...tag } = listed;
            assert.equal(signed, false);
            assert.deepEqual(tag, { ...(await artifact.getTagProperties(tag.name)) });
        }
    });
    await push(content(name), second, "t3");
    await check("getTagProperties: a moved tag keeps its created time", async () => {
        const after = await artifact.getTagProperties("t3");
        assert.equal(after.digest, second.digest);
        assert.deepEqual(after.createdOn, before.createdOn);
        assert.ok(after.lastUpdatedOn >= before.lastUpdatedOn);
    });
    await check("listTagProperties: the moved tag is the newest", async () => {
        const found = await collect(list(down)());
        assert.deepEqual(found.map(tagName), ["t3", "t2", "t20", "t1", "T9"]);
    });
    await check("updateTagProperties: one by one they add up", async () => {
        const changed = { ...open };
        for (const flag of Object.keys(open)) {
            changed[flag] = false;
            const wanted = { name: "t1", digest: first.digest, ...changed };
            subset(await artifact.updateTagProperties("t1", { [flag]: false }), wanted);
            subset(await artifact.getTagProperties("t1"), wanted);
        }
        subset(await artifact.updateTagProperties("t1", open), open);
    });
    await check("updateTagProperties: the manifest has its own", async () => {
        await artifact.updateTagProperties("t1", { canRead: false });
        subset(await artifact.getManifestProperties(), open);
        await artifact.updateTagProperties("t1", open);
    });
    await check("deleteTag: the tag goes, the manifest stays", async () => {
        await artifact.deleteTag("t1");
        const properties = await registry.getArtifact(name, first.digest).getManifestProperties();
        assert.deepEqual(properties.tags, ["T9", "t2", "t20"]);
    });
    const gone = await refused("getTagProperties: a missing tag", 404, "TAG_UNKNOWN", () =>
        artifact.getTagProperties("t1"),
    );
    await check("getTagProperties: the text for a missing tag", () =>
        assert.equal(gone.message, "the specified tag does not exist"),
    );
    await check("deleteTag: a missing tag is no error", () => artifact.deleteTag("t1"));
    await refused("updateTagProperties: a missing tag", 404, "TAG_UNKNOWN", () =>
        artifact.updateTagProperties("t1", { canRead: false }),
    );
    await refused("getManifestProperties: of a missing tag", 404, "TAG_UNKNOWN", () =>
        registry.getArtifact(name, "t1").getManifestProperties(),
    );
}

async function manifests({ registry, content, host }) {
    const name = "team/manifests";
    const image = makeImage({ docker: true });
    const arm = makeImage({ architecture: "arm64" });
    const windows = makeImage({ os: "windows" });
    const index = makeIndex([image, arm]);
    const artifact = makeArtifact();
    const pushed = [image, arm, windows, index, artifact];
    await push(content(name), image, "b");
    await push(content(name), arm);
    await push(content(name), windows, "windows");
    // Neither child is pushed again: that would make it newer.
    await push(content(name), { ...index, children: [] }, "multi");
    await push(content(name), artifact, "files");
    const repo = registry.getRepository(name);
    const list = (order) => () => repo.listManifestProperties({ order });
    const digest = (manifest) => manifest.digest;
    const [up, down] = byTime;
    const digests = pushed.map(digest);
    await pages("listManifestProperties", list(), digest, [...digests].sort());
    await pages("listManifestProperties oldest first", list(up), digest, digests);
    await pages("listManifestProperties newest first", list(down), digest, digests.toReversed());

    const platform = ({ architecture, os }) => ({ architecture, operatingSystem: os });
    const kinds = {
        "a docker image": [image, { ...platform(image), tags: ["b"], relatedArtifacts: [] }],
        "an untagged image": [arm, { ...platform(arm), tags: [], relatedArtifacts: [] }],
        "an image for Windows": [windows, { ...platform(windows), tags: ["windows"] }],
        "an artifact": [artifact, { ...platform({}), tags: ["files"], relatedArtifacts: [] }],
        "an index": [index, { ...platform({}), tags: ["multi"] }],
    };
    for (const [kind, [manifest, wanted]] of Object.entries(kinds)) {
        await check(`getManifestProperties: ${kind}`, async () => {
            const found = registry.getArtifact(name, manifest.digest);
            const properties = await found.getManifestProperties();
            const common = { registryLoginServer: host, repositoryName: name, ...open };
            const size = { digest: manifest.digest, sizeInBytes: manifest.size };
            subset(properties, { ...common, ...size, ...wanted });
            freshTimes(properties);
            assert.match(found.fullyQualifiedReference, /\/team\/manifests@sha256:/);
        });
    }
    await check("getManifestProperties: an index names its children in order", async () => {
        const { relatedArtifacts } = await registry
            .getArtifact(name, "multi")
            .getManifestProperties();
        const wanted = [image, arm].map((each) => ({ digest: each.digest, ...platform(each) }));
        assert.deepEqual(
            relatedArtifacts.map((each) => ({ ...each })),
            wanted,
        );
    });
    await check("listManifestProperties: the same properties as one by one", async () => {
        for (const manifest of await collect(repo.listManifestProperties())) {
            const alone = await repo.getArtifact(manifest.digest).getManifestProperties();
            assert.deepEqual({ ...manifest }, { ...alone, relatedArtifacts: [] });
        }
    });
    const tagged = repo.getArtifact("b");
    await check("getArtifact: by tag", async () => {
        assert.match(tagged.fullyQualifiedReference, /\/team\/manifests:b$/);
        assert.equal((await tagged.getManifestProperties()).digest, image.digest);
    });
    await push(content(name), image, "a");
    await check("getManifestProperties: tags in order", async () =>
        assert.deepEqual((await tagged.getManifestProperties()).tags, ["a", "b"]),
    );
    await check("updateManifestProperties: one by one they add up", async () => {
        const changed = { ...open };
        for (const flag of Object.keys(open)) {
            changed[flag] = false;
            const wanted = { digest: image.digest, ...changed };
            subset(await tagged.updateManifestProperties({ [flag]: false }), wanted);
            subset(await tagged.getManifestProperties(), wanted);
        }
        subset(await tagged.getTagProperties("b"), open);
        subset(await tagged.updateManifestProperties(open), open);
    });
    await check("delete: an artifact by tag", async () => {
        await tagged.delete();
        const left = (await collect(repo.listManifestProperties())).map(digest);
        assert.deepEqual(left, digests.slice(1).sort());
        const tagNames = (await collect(tagged.listTagProperties())).map((tag) => tag.name);
        assert.deepEqual(tagNames, ["files", "multi", "windows"]);
    });
    await refused("getManifestProperties: deleted", 404, "MANIFEST_UNKNOWN", () =>
        repo.getArtifact(image.digest).getManifestProperties(),
    );
    await check("delete: a missing digest is no error", () => repo.getArtifact(absent).delete());
    await refused("delete: a missing tag", 404, "TAG_UNKNOWN", () =>
        repo.getArtifact("absent").delete(),
    );
    await refused("updateManifestProperties: missing", 404, "MANIFEST_UNKNOWN", () =>
        repo.getArtifact(absent).updateManifestProperties({ canRead: false }),
    );
}

async function untaggedRepository({ registry, content }) {
    const name = "team/untagged";
    const image = await push(content(name), makeImage());
    await check("listTagProperties: a repository without tags", async () =>
        assert.deepEqual(await collect(registry.getArtifact(name, "x").listTagProperties()), []),
    );
    await check("delete: the last manifest takes the repository along", async () => {
        await registry.getArtifact(name, image.digest).delete();
        assert.ok(!(await collect(registry.listRepositoryNames())).includes(name));
    });
}

async function missingRepository({ registry }) {
    const repo = registry.getRepository("team/nowhere");
    const artifact = repo.getArtifact("v1");
    const calls = {
        getProperties: () => repo.getProperties(),
        updateProperties: () => repo.updateProperties({ canRead: false }),
        listManifestProperties: () => collect(repo.listManifestProperties()),
        listTagProperties: () => collect(artifact.listTagProperties()),
    };
    for (const [name, call] of Object.entries(calls)) {
        const error = await refused(`${name}: a missing repository`, 404, "NAME_UNKNOWN", call);
        await check(`${name}: the text for a missing repository`, () =>
            assert.equal(error.message, 'repository "team/nowhere" is not found'),
        );
    }
    await refused("getTagProperties: in a missing repository", 404, "TAG_UNKNOWN", () =>
        artifact.getTagProperties("v1"),
    );
    await refused("getManifestProperties: in a missing one", 404, "MANIFEST_UNKNOWN", () =>
        repo.getArtifact(absent).getManifestProperties(),
    );
    await refused("getProperties: an impossible name", 404, "", () =>
        registry.getRepository("Upper/Case").getProperties(),
    );
}

export async function metadataChecks(context) {
    await catalog(context);
    await repository(context);
    await tags(context);
    await manifests(context);
    await untaggedRepository(context);
    await missingRepository(context);
}
