// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import java.util.ArrayList;
import java.util.List;

/** The catalog, which holds nothing else when these tests run, and a repository's properties. */
final class RepositoryTests {
    private final Api api;
    private final String prefix;
    private final String repository;

    RepositoryTests(Api api, String prefix) {
        this.api = api;
        this.prefix = prefix;
        repository = prefix + "a";
    }

    void run() {
        List<String> all = new ArrayList<>();
        for (String name : new String[] {"a", "b", "b-c", "d", "e/f"}) {
            Image.artifact(20).seed(api, prefix + name, "v1");
            all.add(prefix + name);
        }
        Image.oci("amd64", 21).seed(api, repository, "v2", "v3");
        Checks.equal("the catalog", List.of(all), api.repositories(0));
        for (int size : new int[] {1, 2, 4, 5, 1000}) {
            List<List<String>> wanted = cut(all, size);
            List<List<String>> got = api.repositories(size);
            if (wanted.size() > 1 && !api.turnsCatalogPages()) {
                Checks.skip("the catalog in pages of " + size + " but the first");
                wanted = wanted.subList(0, 1);
            }
            Checks.equal("the catalog in pages of " + size, wanted, got);
        }
        properties();
        updates();

        Checks.equal("delete a repository", 202, api.deleteRepositoryByName(repository));
        Checks.refused("it is gone", 404, "NAME_UNKNOWN", () -> api.repository(repository));
        Checks.equal("delete it again", 202, api.deleteRepositoryByName(repository));
        Checks.equal("delete it once more", 202, api.deleteRepository(repository));
        Checks.refused("update what is gone", 404, "NAME_UNKNOWN",
            () -> api.updateRepository(repository, Flags.OPEN));
        for (String name : all.subList(1, all.size())) {
            Checks.equal("delete another repository", 202, api.deleteRepository(name));
        }
        Checks.equal("the empty catalog", List.of(List.of()), api.repositories(0));
    }

    /** The pages of `size` that a list makes. */
    static <T> List<List<T>> cut(List<T> list, int size) {
        List<List<T>> pages = new ArrayList<>();
        for (int from = 0; from < list.size(); from += size) {
            pages.add(list.subList(from, Math.min(from + size, list.size())));
        }
        return pages;
    }

    private void properties() {
        var got = Checks.need("get the properties", () -> api.repository(repository));
        Checks.equal("its name", repository, got.getName());
        Checks.equal("its registry", api.registry(), got.getRegistryLoginServer());
        Checks.equal("its manifests", 2, got.getManifestCount());
        Checks.equal("its tags", 3, got.getTagCount());
        Checks.equal("its flags", Flags.OPEN, Flags.of(got));
        Checks.recent("its creation", got.getCreatedOn());
        Checks.recent("its last update", got.getLastUpdatedOn());
        Checks.isTrue("it was updated later", got.getLastUpdatedOn().isAfter(got.getCreatedOn()));
    }

    private void updates() {
        String before = facts(api.repository(repository));
        var after = api.updateRepository(repository, Flags.only("delete", false));
        Checks.equal("update one flag", Flags.but("delete"), Flags.of(after));
        Checks.equal("nothing else changes", before, facts(after));
        after = api.updateRepository(repository, Flags.only("write", false));
        Checks.equal("update another", Flags.but("delete", "write"), Flags.of(after));
        Checks.equal("get what was updated", Flags.of(after), Flags.of(api.repository(repository)));
        after = api.updateRepository(repository, Flags.but("delete", "list", "read", "write"));
        Checks.equal("update all", Flags.but("delete", "list", "read", "write"), Flags.of(after));
        after = api.updateRepository(repository, Flags.OPEN);
        Checks.equal("update them back", Flags.OPEN, Flags.of(after));
        Checks.equal("all is as before", before, facts(after));
    }

    private static String facts(ContainerRepositoryProperties from) {
        return String.join(" ", from.getRegistryLoginServer(), from.getName(),
            from.getCreatedOn().toString(), from.getLastUpdatedOn().toString(),
            String.valueOf(from.getManifestCount()), String.valueOf(from.getTagCount()));
    }
}
