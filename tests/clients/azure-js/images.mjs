// SPDX-License-Identifier: Apache-2.0
//
// Makes images, indexes and artifacts and pushes them through the content client.
import crypto from "node:crypto";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

const OCI_TYPES = {
    manifest: OCI_MANIFEST,
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
};
const DOCKER_TYPES = {
    manifest: DOCKER_MANIFEST,
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar",
};

export function digestOf(bytes) {
    return `sha256:${crypto.createHash("sha256").update(bytes).digest("hex")}`;
}

function descriptor(mediaType, bytes) {
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

// The bytes of an image nobody has pushed yet.
export function makeImage({ architecture = "amd64", os = "linux", docker = false } = {}) {
    const types = docker ? DOCKER_TYPES : OCI_TYPES;
    const layer = crypto.randomBytes(3000);
    const rootfs = { type: "layers", diff_ids: [digestOf(layer)] };
    const config = Buffer.from(JSON.stringify({ architecture, os, rootfs }));
    const document = {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: descriptor(types.config, config),
        layers: [descriptor(types.layer, layer)],
    };
    const bytes = Buffer.from(JSON.stringify(document));
    return {
        architecture,
        os,
        document,
        bytes,
        blobs: [config, layer],
        layerDigest: digestOf(layer),
        mediaType: types.manifest,
        digest: digestOf(bytes),
        size: bytes.length + config.length + layer.length,
    };
}

// An artifact: no image config, so neither architecture nor operating system.
export function makeArtifact() {
    const config = Buffer.from("{}");
    const layer = crypto.randomBytes(500);
    const document = {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        artifactType: "application/vnd.test.files",
        config: descriptor("application/vnd.oci.empty.v1+json", config),
        layers: [descriptor("text/plain", layer)],
    };
    const bytes = Buffer.from(JSON.stringify(document));
    const size = bytes.length + config.length + layer.length;
    const blobs = [config, layer];
    return { document, bytes, blobs, mediaType: OCI_MANIFEST, digest: digestOf(bytes), size };
}

export function makeIndex(children, mediaType = OCI_INDEX) {
    const manifests = children.map((child) => ({
        ...descriptor(child.mediaType, child.bytes),
        platform: { architecture: child.architecture, os: child.os },
    }));
    const document = { schemaVersion: 2, mediaType, manifests };
    const bytes = Buffer.from(JSON.stringify(document));
    const size = children.reduce((sum, child) => sum + child.size, bytes.length);
    return { document, bytes, blobs: [], children, mediaType, digest: digestOf(bytes), size };
}

// Pushes what makeImage() and the others made, children first; untagged without a tag.
export async function push(content, image, tag) {
    for (const child of image.children ?? []) {
        await push(content, child);
    }
    for (const blob of image.blobs) {
        await content.uploadBlob(blob);
    }
    await content.setManifest(image.bytes, { tag, mediaType: image.mediaType });
    return image;
}
