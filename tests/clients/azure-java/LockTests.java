// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import java.util.List;

/** What each lock refuses, and what it lets through (docs/locks.md). */
final class LockTests {
    private final Api api;
    private final String repository;
    private final Image image = Image.artifact(60);
    private final Image other = Image.artifact(61);

    LockTests(Api api, String prefix) {
        this.api = api;
        repository = prefix + "locks";
    }

    void run() {
        image.seed(api, repository, "t", "free");
        other.seed(api, repository, (String) null);
        tag();
        image.seed(api, repository, "t", "free");
        other.seed(api, repository, "other");
        manifest();
        image.seed(api, repository, "t", "free");
        repository();
        Checks.equal("delete the repository when its locks are gone", 202,
            api.deleteRepository(repository));
    }

    private void lockTag(String... off) {
        Checks.equal("lock a tag", Flags.but(off),
            Flags.of(api.updateTag(repository, "t", Flags.but(off))));
    }

    private void tag() {
        lockTag("write");
        Checks.locked("push over a write-locked tag",
            () -> api.setManifest(repository, other.options("t")));
        Checks.equal("push over its neighbour", other.digest(),
            api.setManifest(repository, other.options("free")));
        Checks.locked("delete a write-locked tag", () -> api.deleteTag(repository, "t"));
        Checks.locked("delete its manifest", () -> api.deleteArtifact(repository, image.digest()));
        Checks.locked("delete its repository", () -> api.deleteRepository(repository));

        lockTag("delete");
        Checks.locked("delete a delete-locked tag", () -> api.deleteTag(repository, "t"));
        Checks.locked("delete its manifest", () -> api.deleteManifest(repository, image.digest()));
        Checks.equal("push over a delete-locked tag", other.digest(),
            api.setManifest(repository, other.options("t")));

        lockTag("read");
        Checks.locked("get by a read-locked tag", () -> api.getManifest(repository, "t"));
        Checks.equal("get by digest", other.digest(),
            api.getManifest(repository, other.digest()).getDigest());
        Checks.equal("get a read-locked tag's properties", other.digest(),
            api.tag(repository, "t").getDigest());

        lockTag("list");
        Checks.equal("the list without a hidden tag", List.of(List.of("free")),
            TagTests.names(api.tags(repository, other.digest(), null, 0)));
        Checks.equal("get by a hidden tag", other.digest(),
            api.getManifest(repository, "t").getDigest());
        Checks.equal("hidden tags count", 2, api.repository(repository).getTagCount());

        lockTag();
        Checks.equal("delete the tag when its lock is gone", 202, api.deleteTag(repository, "t"));
    }

    private void lockManifest(String... off) {
        Checks.equal("lock a manifest", Flags.but(off),
            Flags.of(api.updateManifest(repository, image.digest(), Flags.but(off))));
    }

    private void manifest() {
        String digest = image.digest();
        lockManifest("write");
        Checks.locked("delete a write-locked manifest",
            () -> api.deleteArtifact(repository, digest));
        Checks.locked("delete its layer", () -> api.deleteBlob(repository, image.layer()));
        Checks.locked("delete its repository", () -> api.deleteRepositoryByName(repository));
        Checks.equal("give it another tag", digest,
            api.setManifest(repository, image.options("t2")));
        Checks.equal("delete a tag on it", 202, api.deleteTag(repository, "t2"));

        lockManifest("delete");
        Checks.locked("delete a delete-locked manifest",
            () -> api.deleteManifest(repository, digest));
        Checks.locked("delete its layer", () -> api.deleteBlob(repository, image.layer()));
        Checks.equal("delete its neighbour", 202, api.deleteArtifact(repository, other.digest()));

        lockManifest("read");
        Checks.locked("get a read-locked manifest by tag", () -> api.getManifest(repository, "t"));
        Checks.locked("get a read-locked manifest by digest",
            () -> api.getManifest(repository, digest));
        Checks.equal("get its properties", Flags.but("read"),
            Flags.of(api.manifest(repository, digest)));

        lockManifest("list");
        other.seed(api, repository, "other");
        Checks.equal("the list without a hidden manifest", List.of(List.of(other.digest())),
            Api.map(api.manifests(repository, null, 0), ArtifactManifestProperties::getDigest));
        Checks.equal("get a hidden manifest", digest, api.getManifest(repository, "t").getDigest());
        Checks.equal("hidden manifests count", 2, api.repository(repository).getManifestCount());

        lockManifest();
        Checks.equal("delete the manifest when its lock is gone", 202,
            api.deleteArtifact(repository, digest));
    }

    private void lockRepository(String... off) {
        Checks.equal("lock a repository", Flags.but(off),
            Flags.of(api.updateRepository(repository, Flags.but(off))));
    }

    private void repository() {
        String digest = image.digest();
        lockRepository("write");
        Checks.locked("upload into a write-locked repository",
            () -> api.upload(repository, Image.noise(62, 10)));
        Checks.locked("push over a tag", () -> api.setManifest(repository, other.options("t")));
        Checks.locked("push by digest", () -> api.setManifest(repository, image.options(null)));
        Checks.locked("delete a tag", () -> api.deleteTag(repository, "free"));
        Checks.locked("delete a manifest", () -> api.deleteArtifact(repository, digest));
        Checks.locked("delete a blob", () -> api.deleteBlob(repository, image.layer()));
        Checks.locked("delete a write-locked repository", () -> api.deleteRepository(repository));

        lockRepository("delete");
        Checks.locked("delete a delete-locked repository",
            () -> api.deleteRepositoryByName(repository));
        Checks.equal("delete a tag in it", 202, api.deleteTag(repository, "free"));

        lockRepository("read");
        Checks.locked("get by tag from a read-locked repository",
            () -> api.getManifest(repository, "t"));
        Checks.locked("get by digest", () -> api.getManifest(repository, digest));
        Checks.locked("get a blob", () -> api.download(repository, image.layer()));
        Checks.equal("its tags can be listed", List.of(List.of("t")),
            TagTests.names(api.tags(repository, digest, null, 0)));

        Checks.isTrue("the catalog names it", api.repositories(0).get(0).contains(repository));
        lockRepository("list");
        Checks.isTrue("the catalog leaves out a hidden one",
            api.repositories(0).stream().noneMatch(page -> page.contains(repository)));
        Checks.equal("get from a hidden one", digest, api.getManifest(repository, "t").getDigest());

        lockRepository();
    }
}
