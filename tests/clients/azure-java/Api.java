// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import com.azure.containers.containerregistry.models.GetManifestResult;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.containers.containerregistry.models.UploadRegistryBlobResult;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What the SDK can do, so that the same tests run with the clients that block and with those that
 * do not. Lists come page by page; a page size of 0 leaves it to the server. Deleting answers the
 * status, which the SDK makes 202 out of 404, too.
 */
interface Api {
    /** What the server gets wrong once must show. */
    RetryOptions NO_RETRIES = new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1)));

    String endpoint();

    List<List<String>> repositories(int pageSize);

    /** Whether that list goes on after its first page. */
    default boolean turnsCatalogPages() {
        return true;
    }

    int deleteRepositoryByName(String repository);

    int deleteRepository(String repository);

    ContainerRepositoryProperties repository(String repository);

    ContainerRepositoryProperties updateRepository(String repository, Flags flags);

    List<List<ArtifactManifestProperties>> manifests(String repository,
        ArtifactManifestOrder order, int pageSize);

    ArtifactManifestProperties manifest(String repository, String reference);

    ArtifactManifestProperties updateManifest(String repository, String reference, Flags flags);

    int deleteArtifact(String repository, String reference);

    /** The tags that mean the same manifest as the reference. */
    List<List<ArtifactTagProperties>> tags(String repository, String reference,
        ArtifactTagOrder order, int pageSize);

    ArtifactTagProperties tag(String repository, String tag);

    ArtifactTagProperties updateTag(String repository, String tag, Flags flags);

    int deleteTag(String repository, String tag);

    UploadRegistryBlobResult upload(String repository, byte[] data);

    byte[] download(String repository, String digest);

    int deleteBlob(String repository, String digest);

    String setImage(String repository, OciImageManifest manifest, String tag);

    /** Without a tag when it is null. */
    String setManifest(String repository, SetManifestOptions options);

    GetManifestResult getManifest(String repository, String reference);

    int deleteManifest(String repository, String digest);

    default String registry() {
        return URI.create(endpoint()).getAuthority();
    }

    /** Maps each element of each page. */
    static <T, R> List<List<R>> map(List<List<T>> pages, Function<T, R> function) {
        List<List<R>> result = new ArrayList<>();
        pages.forEach(page -> result.add(page.stream().map(function).toList()));
        return result;
    }
}
