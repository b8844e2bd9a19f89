// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import java.util.List;

/** Tags: lists in every order, properties, moving and deleting. */
final class TagTests {
    private final Api api;
    private final String repository;
    private final Image first = Image.oci("amd64", 30);
    private final Image second = Image.oci("arm64", 31);

    TagTests(Api api, String prefix) {
        this.api = api;
        repository = prefix + "tags";
    }

    void run() {
        second.seed(api, repository, "other");
        first.seed(api, repository, "c", "a", "e", "b", "D");
        lists();
        properties();
        moves();
        Checks.refused("a tag of an unknown repository", 404, "TAG_UNKNOWN",
            () -> api.tag(repository + "/nowhere", "c"));
        Checks.refused("the tags of an unknown repository", 404, "NAME_UNKNOWN",
            () -> api.tags(repository + "/nowhere", first.digest(), null, 0));
        Checks.equal("delete the repository", 202, api.deleteRepository(repository));
    }

    private void lists() {
        List<String> byName = List.of("D", "a", "b", "c", "e");
        check(byName, null);
        check(byName, ArtifactTagOrder.NONE);
        check(List.of("c", "a", "e", "b", "D"), ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING);
        check(List.of("D", "b", "e", "a", "c"), ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING);
        Checks.equal("the tags of the other manifest", List.of(List.of("other")),
            names(api.tags(repository, second.digest(), null, 0)));
        Checks.equal("the tags of a tag's manifest", List.of(byName),
            names(api.tags(repository, "a", null, 0)));
        for (ArtifactTagProperties each : api.tags(repository, "a", null, 0).get(0)) {
            Checks.equal("a tag in the list is the tag alone",
                facts(api.tag(repository, each.getName())) + " " + Flags.OPEN,
                facts(each) + " " + Flags.of(each));
        }
    }

    private void check(List<String> wanted, ArtifactTagOrder order) {
        for (int size : new int[] {0, 1, 2, 5}) {
            Checks.equal("tags in order " + order + " in pages of " + size,
                RepositoryTests.cut(wanted, size == 0 ? 100 : size),
                names(api.tags(repository, first.digest(), order, size)));
        }
    }

    static List<List<String>> names(List<List<ArtifactTagProperties>> pages) {
        return Api.map(pages, ArtifactTagProperties::getName);
    }

    /** All that a list tells, too: but for the registry, which the SDK drops there. */
    private static String facts(ArtifactTagProperties from) {
        return String.join(" ", from.getRepositoryName(), from.getName(), from.getDigest(),
            from.getCreatedOn().toString(), from.getLastUpdatedOn().toString());
    }

    private void properties() {
        var got = Checks.need("get a tag's properties", () -> api.tag(repository, "c"));
        Checks.equal("its registry", api.registry(), got.getRegistryLoginServer());
        Checks.equal("its repository", repository, got.getRepositoryName());
        Checks.equal("its name", "c", got.getName());
        Checks.equal("its digest", first.digest(), got.getDigest());
        Checks.equal("its flags", Flags.OPEN, Flags.of(got));
        Checks.recent("its creation", got.getCreatedOn());
        Checks.equal("it was not updated since", got.getCreatedOn(), got.getLastUpdatedOn());

        var after = api.updateTag(repository, "c", Flags.only("delete", false));
        Checks.equal("update one flag", Flags.but("delete"), Flags.of(after));
        Checks.equal("nothing else changes", facts(got), facts(after));
        api.updateTag(repository, "c", Flags.only("write", false));
        Checks.equal("update another", Flags.but("delete", "write"),
            Flags.of(api.tag(repository, "c")));
        after = api.updateTag(repository, "c", Flags.OPEN);
        Checks.equal("update them back", Flags.OPEN, Flags.of(after));
        Checks.equal("the tag is as before", facts(got), facts(after));
    }

    private void moves() {
        var before = api.tag(repository, "c");
        second.seed(api, repository, "c");
        var after = Checks.need("get a tag that was moved", () -> api.tag(repository, "c"));
        Checks.equal("its new digest", second.digest(), after.getDigest());
        Checks.equal("its creation stays", before.getCreatedOn(), after.getCreatedOn());
        Checks.isTrue("its update is later",
            after.getLastUpdatedOn().isAfter(before.getLastUpdatedOn()));
        Checks.equal("delete a tag", 202, api.deleteTag(repository, "c"));
        Checks.refused("it is gone", 404, "TAG_UNKNOWN", () -> api.tag(repository, "c"));
        Checks.need("its manifest stays", () -> api.getManifest(repository, second.digest()));
        Checks.equal("delete it again", 202, api.deleteTag(repository, "c"));
        Checks.refused("update what is gone", 404, "TAG_UNKNOWN",
            () -> api.updateTag(repository, "c", Flags.OPEN));
    }
}
