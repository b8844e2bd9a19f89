// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Manifests as metadata: lists in every order and the properties of each kind. */
final class ManifestTests {
    private final Api api;
    private final String listed;
    private final String repository;

    ManifestTests(Api api, String prefix) {
        this.api = api;
        listed = prefix + "lists";
        repository = prefix + "properties";
    }

    void run() {
        lists();
        properties();
        for (String name : new String[] {listed, repository}) {
            Checks.equal("delete the repository", 202, api.deleteRepository(name));
        }
    }

    private void lists() {
        List<String> byTime = new ArrayList<>();
        for (int seed = 40; seed < 45; seed++) {
            Image.artifact(seed).seed(api, listed, (String) null);
            byTime.add(Image.artifact(seed).digest());
        }
        List<String> byDigest = byTime.stream().sorted().toList();
        List<String> backwards = new ArrayList<>(byTime);
        Collections.reverse(backwards);
        check(byDigest, null);
        check(byDigest, ArtifactManifestOrder.NONE);
        check(byTime, ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING);
        check(backwards, ArtifactManifestOrder.LAST_UPDATED_ON_DESCENDING);
        Checks.refused("the manifests of an unknown repository", 404, "NAME_UNKNOWN",
            () -> api.manifests(listed + "/nowhere", null, 0));
    }

    private void check(List<String> wanted, ArtifactManifestOrder order) {
        for (int size : new int[] {0, 1, 2, 5}) {
            Checks.equal("manifests in order " + order + " in pages of " + size,
                RepositoryTests.cut(wanted, size == 0 ? 100 : size),
                Api.map(api.manifests(listed, order, size), ArtifactManifestProperties::getDigest));
        }
    }

    private void properties() {
        Image amd64 = Image.oci("amd64", 50);
        Image arm64 = Image.oci("arm64", 51);
        Image index = Image.index(new String[] {"amd64", "arm64"}, amd64, arm64);
        Image docker = Image.docker("ppc64le", 52);
        Image artifact = Image.artifact(53);
        amd64.seed(api, repository, "v2", "v1");
        arm64.seed(api, repository, (String) null);
        index.seed(api, repository, "all");
        docker.seed(api, repository, "docker");
        artifact.seed(api, repository, "artifact");

        check(amd64.digest(), amd64.size(), "amd64/linux", List.of("v1", "v2"), List.of());
        check(arm64.digest(), arm64.size(), "arm64/linux", List.of(), List.of());
        check(docker.digest(), docker.size(), "ppc64le/linux", List.of("docker"), List.of());
        check(artifact.digest(), artifact.size(), "null/null", List.of("artifact"), List.of());
        check(index.digest(), index.size() + amd64.size() + arm64.size(), "null/null",
            List.of("all"), List.of(amd64.digest() + " amd64/linux",
                arm64.digest() + " arm64/linux"));
        Checks.equal("a manifest by its tag", index.digest(),
            api.manifest(repository, "all").getDigest());
        updates(amd64.digest());
        deletes(docker);

        Checks.refused("an unknown manifest", 404, "MANIFEST_UNKNOWN",
            () -> api.manifest(repository, ContentTests.UNKNOWN));
        Checks.refused("update an unknown manifest", 404, "MANIFEST_UNKNOWN",
            () -> api.updateManifest(repository, ContentTests.UNKNOWN, Flags.OPEN));
    }

    private void check(String digest, long size, String platform, List<String> tags,
        List<String> related) {
        var got = Checks.need("get the properties of a manifest",
            () -> api.manifest(repository, digest));
        Checks.equal("its registry", api.registry(), got.getRegistryLoginServer());
        Checks.equal("its repository", repository, got.getRepositoryName());
        Checks.equal("its digest", digest, got.getDigest());
        Checks.equal("its size", size, got.getSizeInBytes());
        Checks.equal("its platform", platform,
            got.getArchitecture() + "/" + got.getOperatingSystem());
        Checks.equal("its tags", tags, orEmpty(got.getTags()));
        Checks.equal("its flags", Flags.OPEN, Flags.of(got));
        Checks.recent("its creation", got.getCreatedOn());
        Checks.recent("its last update", got.getLastUpdatedOn());
        Checks.equal("what it refers to", related, orEmpty(got.getRelatedArtifacts()).stream()
            .map(each -> each.getDigest() + " " + each.getArchitecture() + "/"
                + each.getOperatingSystem()).toList());
        Checks.equal("the entry in the list", List.of(facts(got)),
            api.manifests(repository, null, 0).get(0).stream()
                .filter(each -> each.getDigest().equals(digest)).map(ManifestTests::facts)
                .toList());
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }

    /** All that a list tells, too: no references, and the SDK has a registry of its own there. */
    private static String facts(ArtifactManifestProperties from) {
        return String.join(" ", from.getRepositoryName(), from.getDigest(),
            from.getCreatedOn().toString(), from.getLastUpdatedOn().toString(),
            from.getSizeInBytes().toString(), from.getArchitecture() + "/"
                + from.getOperatingSystem(), orEmpty(from.getTags()).toString());
    }

    private void updates(String digest) {
        String before = facts(api.manifest(repository, digest));
        var after = api.updateManifest(repository, digest, Flags.only("write", false));
        Checks.equal("update one flag", Flags.but("write"), Flags.of(after));
        Checks.equal("nothing else changes", before, facts(after));
        Checks.equal("the tag's flags are its own", Flags.OPEN,
            Flags.of(api.tag(repository, "v1")));
        after = api.updateManifest(repository, "v1", Flags.OPEN);
        Checks.equal("update it back by its tag", Flags.OPEN, Flags.of(after));
        Checks.equal("the manifest is as before", before, facts(after));
    }

    private void deletes(Image docker) {
        Checks.equal("delete an artifact by its tag", 202,
            api.deleteArtifact(repository, "docker"));
        Checks.refused("it is gone", 404, "MANIFEST_UNKNOWN",
            () -> api.manifest(repository, docker.digest()));
        Checks.refused("its tag is gone", 404, "TAG_UNKNOWN",
            () -> api.tag(repository, "docker"));
        Checks.equal("delete it again", 202, api.deleteArtifact(repository, docker.digest()));
    }
}
