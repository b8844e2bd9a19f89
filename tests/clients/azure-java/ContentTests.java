// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ManifestMediaType;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.core.util.BinaryData;
import java.util.Arrays;

/** Blobs and manifests as content. */
final class ContentTests {
    static final String UNKNOWN = "sha256:" + "0".repeat(63) + "a";
    private static final int CHUNK = 4 << 20;
    private final Api api;
    private final String repository;

    ContentTests(Api api, String prefix) {
        this.api = api;
        repository = prefix + "content";
    }

    void run() {
        // The SDK sends chunks of 4 MiB, and what is left with the request that completes.
        for (int size : new int[] {1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 700_000}) {
            blob(size);
        }
        Checks.refused("a blob that is not there", 404, "BLOB_UNKNOWN",
            () -> api.download(repository, UNKNOWN));
        images();
        manifestsByText();
        badManifests();
        deletes();
        Checks.equal("delete the repository", 202, api.deleteRepository(repository));
    }

    private void blob(int size) {
        byte[] data = Image.noise(size, size);
        var uploaded = Checks.need("upload " + size + " bytes", () -> api.upload(repository, data));
        Checks.equal("their digest", Image.digest(data), uploaded.getDigest());
        Checks.equal("their number", (long) size, uploaded.getSizeInBytes());
        byte[] got = Checks.need("download " + size + " bytes",
            () -> api.download(repository, uploaded.getDigest()));
        Checks.isTrue("they are those that were sent", Arrays.equals(data, got));
    }

    private void images() {
        Image image = Image.oci("amd64", 1);
        image.seed(api, repository);
        String digest = Checks.need("set a manifest of the SDK's class",
            () -> api.setImage(repository, image.model(), "model"));
        var got = Checks.need("get it by tag", () -> api.getManifest(repository, "model"));
        Checks.equal("its digest", digest, got.getDigest());
        Checks.equal("its type", ManifestMediaType.OCI_IMAGE_MANIFEST, got.getManifestMediaType());
        OciImageManifest model = got.getManifest().toObject(OciImageManifest.class);
        Checks.equal("its config", Image.digest(image.parts().get(0)),
            model.getConfiguration().getDigest());
        Checks.equal("its layer", image.layer(), model.getLayers().get(0).getDigest());
        Checks.equal("without a tag it is the same", digest,
            api.setImage(repository, image.model(), null));
    }

    private void manifestsByText() {
        Image amd64 = Image.oci("amd64", 1);
        Image arm64 = Image.oci("arm64", 2);
        Image index = Image.index(new String[] {"amd64", "arm64"}, amd64, arm64);
        for (Image each : new Image[] {amd64, arm64, Image.docker("amd64", 3), Image.artifact(4),
            index}) {
            each.parts().forEach(part -> api.upload(repository, part));
            Checks.equal("the digest of what is set", each.digest(),
                api.setManifest(repository, each.options("tagged")));
            holds(each, "tagged");
            holds(each, each.digest());
        }
        Checks.equal("a manifest without a tag", arm64.digest(),
            api.setManifest(repository, arm64.options(null)));
        holds(index, "tagged");
    }

    private void holds(Image image, String reference) {
        var got = Checks.need("get a manifest", () -> api.getManifest(repository, reference));
        Checks.equal("its digest", image.digest(), got.getDigest());
        Checks.equal("its type", image.mediaType(), got.getManifestMediaType().toString());
        Checks.isTrue("its bytes", Arrays.equals(image.data(), got.getManifest().toBytes()));
    }

    private void badManifests() {
        Checks.refused("an unknown tag", 404, "MANIFEST_UNKNOWN",
            () -> api.getManifest(repository, "nothing"));
        Checks.refused("an unknown digest", 404, "MANIFEST_UNKNOWN",
            () -> api.getManifest(repository, UNKNOWN));
        Checks.refused("an unknown repository", 404, "MANIFEST_UNKNOWN",
            () -> api.getManifest(repository + "/nowhere", "nothing"));
        Checks.refused("a manifest whose layer is not there", 400, "MANIFEST_BLOB_UNKNOWN",
            () -> api.setManifest(repository, Image.oci("amd64", 99).options("broken")));
        Checks.refused("a manifest that is no JSON", 400, "MANIFEST_INVALID",
            () -> api.setManifest(repository, new SetManifestOptions(
                BinaryData.fromString("no json"), ManifestMediaType.OCI_IMAGE_MANIFEST)));
    }

    private void deletes() {
        Image docker = Image.docker("amd64", 3);
        Checks.equal("delete a manifest", 202, api.deleteManifest(repository, docker.digest()));
        Checks.refused("it is gone", 404, "MANIFEST_UNKNOWN",
            () -> api.getManifest(repository, docker.digest()));
        Checks.equal("delete it again", 202, api.deleteManifest(repository, docker.digest()));
        Checks.equal("delete its layer", 202, api.deleteBlob(repository, docker.layer()));
        Checks.refused("the layer is gone", 404, "BLOB_UNKNOWN",
            () -> api.download(repository, docker.layer()));
        Checks.equal("delete the layer again", 202, api.deleteBlob(repository, docker.layer()));
    }
}
