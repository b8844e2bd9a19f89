// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ManifestMediaType;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.core.util.BinaryData;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** A manifest with the blobs that it names; the same bytes in every run. */
record Image(String mediaType, byte[] data, List<byte[]> parts) {
    static final String OCI = ManifestMediaType.OCI_IMAGE_MANIFEST.toString();
    static final String DOCKER = ManifestMediaType.DOCKER_MANIFEST.toString();
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final String EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
    private static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    private static final String DOCKER_LAYER =
        "application/vnd.docker.image.rootfs.diff.tar.gzip";

    static Image oci(String architecture, long seed) {
        return make(OCI, OCI_CONFIG, config(architecture), OCI_LAYER, noise(seed, 3000));
    }

    static Image docker(String architecture, long seed) {
        return make(DOCKER, DOCKER_CONFIG, config(architecture), DOCKER_LAYER, noise(seed, 2000));
    }

    static Image artifact(long seed) {
        return make(OCI, EMPTY_CONFIG, bytes("{}"), "text/plain", noise(seed, 100));
    }

    static Image index(String[] architectures, Image... children) {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < children.length; i++) {
            String entry = descriptor(children[i].mediaType, children[i].data);
            String platform = "{\"architecture\":\"" + architectures[i] + "\",\"os\":\"linux\"}";
            entries.add(entry.substring(0, entry.length() - 1) + ",\"platform\":" + platform + "}");
        }
        return new Image(INDEX, bytes("{\"schemaVersion\":2,\"mediaType\":\"" + INDEX
            + "\",\"manifests\":[" + String.join(",", entries) + "]}"), List.of());
    }

    /** As the SDK's own class, which writes other bytes than `data`. */
    OciImageManifest model() {
        return new OciImageManifest().setSchemaVersion(2)
            .setConfiguration(new OciDescriptor().setMediaType(OCI_CONFIG)
                .setDigest(digest(parts.get(0))).setSizeInBytes((long) parts.get(0).length))
            .setLayers(List.of(new OciDescriptor().setMediaType(OCI_LAYER)
                .setDigest(digest(parts.get(1))).setSizeInBytes((long) parts.get(1).length)));
    }

    SetManifestOptions options(String tag) {
        return new SetManifestOptions(BinaryData.fromBytes(data),
            ManifestMediaType.fromString(mediaType)).setTag(tag);
    }

    String digest() {
        return digest(data);
    }

    String layer() {
        return digest(parts.get(1));
    }

    /** What the registry counts: the manifest's own bytes and those of config and layers. */
    long size() {
        return data.length + parts.stream().mapToLong(part -> part.length).sum();
    }

    /** Uploads the blobs and then the manifest under each tag, or without one for null. */
    void seed(Api api, String repository, String... tags) {
        Checks.need("seed " + repository, () -> {
            parts.forEach(part -> api.upload(repository, part));
            for (String tag : tags) {
                api.setManifest(repository, options(tag));
            }
            return true;
        });
    }

    static byte[] noise(long seed, int size) {
        byte[] data = new byte[size];
        new Random(seed).nextBytes(data);
        return data;
    }

    static String digest(byte[] data) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(data);
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    private static Image make(String mediaType, String configType, byte[] config,
        String layerType, byte[] layer) {
        return new Image(mediaType, bytes("{\"schemaVersion\":2,\"mediaType\":\"" + mediaType
            + "\",\"config\":" + descriptor(configType, config) + ",\"layers\":["
            + descriptor(layerType, layer) + "]}"), List.of(config, layer));
    }

    private static byte[] config(String architecture) {
        return bytes("{\"architecture\":\"" + architecture + "\",\"os\":\"linux\","
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
    }

    private static String descriptor(String mediaType, byte[] data) {
        return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest(data)
            + "\",\"size\":" + data.length + "}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
