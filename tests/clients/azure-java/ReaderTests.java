// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import java.util.List;
import java.util.function.Supplier;

/**
 * Who has no credentials where anyone may only read: the SDK fetches a token of its own when it is
 * challenged, and is refused what the token does not grant.
 */
final class ReaderTests {
    private final Api admin;
    private final Api reader;
    private final String repository;
    private final Image image = Image.oci("amd64", 90);

    ReaderTests(Api admin, Api reader, String repository) {
        this.admin = admin;
        this.reader = reader;
        this.repository = repository;
    }

    void run() {
        image.seed(admin, repository, "v1");
        reads();
        unauthorized("update a tag", () -> reader.updateTag(repository, "v1", Flags.but("write")));
        unauthorized("update a manifest",
            () -> reader.updateManifest(repository, image.digest(), Flags.but("write")));
        unauthorized("update a repository",
            () -> reader.updateRepository(repository, Flags.but("write")));
        unauthorized("delete a tag", () -> reader.deleteTag(repository, "v1"));
        unauthorized("delete an artifact", () -> reader.deleteArtifact(repository, "v1"));
        unauthorized("delete a repository", () -> reader.deleteRepository(repository));
        unauthorized("upload a blob", () -> reader.upload(repository, Image.noise(91, 10)));
        unauthorized("set a manifest", () -> reader.setManifest(repository, image.options("v2")));
        unauthorized("delete a manifest",
            () -> reader.deleteManifest(repository, image.digest()));
        unauthorized("delete a blob", () -> reader.deleteBlob(repository, image.layer()));

        // Now the clients hold tokens of another scope than the reading asks for.
        reads();
        Checks.equal("nothing was changed", Flags.OPEN, Flags.of(admin.tag(repository, "v1")));
    }

    private void reads() {
        Checks.isTrue("the catalog", reader.repositories(0).get(0).contains(repository));
        Checks.equal("the repository", 1, reader.repository(repository).getTagCount());
        Checks.equal("the manifests", List.of(List.of(image.digest())),
            Api.map(reader.manifests(repository, null, 0), ArtifactManifestProperties::getDigest));
        Checks.equal("the tags", List.of(List.of("v1")),
            TagTests.names(reader.tags(repository, image.digest(), null, 0)));
        Checks.equal("a tag", image.digest(), reader.tag(repository, "v1").getDigest());
        Checks.equal("a manifest's properties", Flags.OPEN,
            Flags.of(reader.manifest(repository, "v1")));
        Checks.equal("a manifest", image.digest(),
            reader.getManifest(repository, "v1").getDigest());
        Checks.equal("a blob", image.layer(),
            Image.digest(reader.download(repository, image.layer())));
    }

    /** The last answer is a 401 to a token that the SDK fetched after a first 401. */
    private void unauthorized(String name, Supplier<?> call) {
        String authorization = "none";
        String challenge = "none";
        try {
            call.get();
        } catch (HttpResponseException error) {
            Checks.equal(name + " is refused", 401, error.getResponse().getStatusCode());
            authorization = error.getResponse().getRequest().getHeaders()
                .getValue(HttpHeaderName.AUTHORIZATION);
            challenge = error.getResponse().getHeaderValue(HttpHeaderName.WWW_AUTHENTICATE);
        }
        Checks.isTrue("the SDK had fetched a token", String.valueOf(authorization)
            .startsWith("Bearer "));
        Checks.isTrue("the token's scope is what lacks", String.valueOf(challenge)
            .contains("error=\"insufficient_scope\""));
    }
}
