// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.ContainerRegistryAsyncClient;
import com.azure.containers.containerregistry.ContainerRegistryClientBuilder;
import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.ContainerRegistryContentClientBuilder;
import com.azure.containers.containerregistry.ContainerRepositoryAsync;
import com.azure.containers.containerregistry.RegistryArtifactAsync;
import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import com.azure.containers.containerregistry.models.GetManifestResult;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.containers.containerregistry.models.UploadRegistryBlobResult;
import com.azure.core.http.rest.PagedFlux;
import com.azure.core.util.BinaryData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The clients that do not block, waited for. */
final class AsyncApi implements Api {
    private final String endpoint;
    private final SignIn policy;
    private final ContainerRegistryAsyncClient client;
    private final Map<String, ContainerRegistryContentAsyncClient> contents = new HashMap<>();

    AsyncApi(String endpoint, SignIn policy) {
        this.endpoint = endpoint;
        this.policy = policy;
        client = new ContainerRegistryClientBuilder().endpoint(endpoint).addPolicy(policy)
            .credential(policy.credential()).retryOptions(Api.NO_RETRIES).buildAsyncClient();
    }

    private ContainerRepositoryAsync repositoryOf(String method, String repository) {
        Checks.calling("ContainerRepositoryAsync." + method);
        return client.getRepository(repository);
    }

    private RegistryArtifactAsync artifact(String method, String repository, String reference) {
        Checks.calling("RegistryArtifactAsync." + method);
        return client.getArtifact(repository, reference);
    }

    private ContainerRegistryContentAsyncClient content(String method, String repository) {
        Checks.calling("ContainerRegistryContentAsyncClient." + method);
        return contents.computeIfAbsent(repository,
            name -> new ContainerRegistryContentClientBuilder().endpoint(endpoint)
                .repositoryName(name).addPolicy(policy)
                .credential(policy.credential()).retryOptions(Api.NO_RETRIES)
                .buildAsyncClient());
    }

    private static <T> List<List<T>> pages(PagedFlux<T> list, int pageSize) {
        var pages = pageSize == 0 ? list.byPage() : list.byPage(pageSize);
        return pages.map(page -> page.getValue()).collectList().block();
    }

    @Override
    public String endpoint() {
        return client.getEndpoint();
    }

    @Override
    public List<List<String>> repositories(int pageSize) {
        Checks.calling("ContainerRegistryAsyncClient.listRepositoryNames");
        return pages(client.listRepositoryNames(), pageSize);
    }

    @Override
    public int deleteRepositoryByName(String repository) {
        Checks.calling("ContainerRegistryAsyncClient.deleteRepository");
        return client.deleteRepositoryWithResponse(repository).block().getStatusCode();
    }

    @Override
    public int deleteRepository(String repository) {
        return repositoryOf("delete", repository).deleteWithResponse().block()
            .getStatusCode();
    }

    @Override
    public ContainerRepositoryProperties repository(String repository) {
        return repositoryOf("getProperties", repository).getProperties().block();
    }

    @Override
    public ContainerRepositoryProperties updateRepository(String repository, Flags flags) {
        return repositoryOf("updateProperties", repository).updateProperties(flags.forRepository())
            .block();
    }

    @Override
    public List<List<ArtifactManifestProperties>> manifests(String repository,
        ArtifactManifestOrder order, int pageSize) {
        ContainerRepositoryAsync at = repositoryOf("listManifestProperties", repository);
        return pages(order == null ? at.listManifestProperties()
            : at.listManifestProperties(order), pageSize);
    }

    @Override
    public ArtifactManifestProperties manifest(String repository, String reference) {
        return artifact("getManifestProperties", repository, reference).getManifestProperties()
            .block();
    }

    @Override
    public ArtifactManifestProperties updateManifest(String repository, String reference,
        Flags flags) {
        return artifact("updateManifestProperties", repository, reference)
            .updateManifestProperties(flags.forManifest()).block();
    }

    @Override
    public int deleteArtifact(String repository, String reference) {
        return artifact("delete", repository, reference).deleteWithResponse().block()
            .getStatusCode();
    }

    @Override
    public List<List<ArtifactTagProperties>> tags(String repository, String reference,
        ArtifactTagOrder order, int pageSize) {
        RegistryArtifactAsync at = artifact("listTagProperties", repository, reference);
        return pages(order == null ? at.listTagProperties() : at.listTagProperties(order),
            pageSize);
    }

    @Override
    public ArtifactTagProperties tag(String repository, String tag) {
        return artifact("getTagProperties", repository, tag).getTagProperties(tag).block();
    }

    @Override
    public ArtifactTagProperties updateTag(String repository, String tag, Flags flags) {
        return artifact("updateTagProperties", repository, tag)
            .updateTagProperties(tag, flags.forTag()).block();
    }

    @Override
    public int deleteTag(String repository, String tag) {
        return artifact("deleteTag", repository, tag).deleteTagWithResponse(tag).block()
            .getStatusCode();
    }

    @Override
    public UploadRegistryBlobResult upload(String repository, byte[] data) {
        return content("uploadBlob", repository).uploadBlob(BinaryData.fromBytes(data)).block();
    }

    @Override
    public byte[] download(String repository, String digest) {
        return content("downloadStream", repository).downloadStream(digest).block().toBytes();
    }

    @Override
    public int deleteBlob(String repository, String digest) {
        return content("deleteBlob", repository).deleteBlobWithResponse(digest).block()
            .getStatusCode();
    }

    @Override
    public String setImage(String repository, OciImageManifest manifest, String tag) {
        return content("setManifest", repository).setManifest(manifest, tag).block().getDigest();
    }

    @Override
    public String setManifest(String repository, SetManifestOptions options) {
        return content("setManifestWithResponse", repository)
            .setManifestWithResponse(options).block().getValue().getDigest();
    }

    @Override
    public GetManifestResult getManifest(String repository, String reference) {
        return content("getManifest", repository).getManifest(reference).block();
    }

    @Override
    public int deleteManifest(String repository, String digest) {
        return content("deleteManifest", repository)
            .deleteManifestWithResponse(digest).block().getStatusCode();
    }
}
