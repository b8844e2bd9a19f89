// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.ContainerRegistryClient;
import com.azure.containers.containerregistry.ContainerRegistryClientBuilder;
import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.ContainerRegistryContentClientBuilder;
import com.azure.containers.containerregistry.ContainerRepository;
import com.azure.containers.containerregistry.RegistryArtifact;
import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import com.azure.containers.containerregistry.models.GetManifestResult;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.containers.containerregistry.models.UploadRegistryBlobResult;
import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The clients that block. */
final class SyncApi implements Api {
    private final String endpoint;
    private final SignIn policy;
    private final ContainerRegistryClient client;
    private final Map<String, ContainerRegistryContentClient> contents = new HashMap<>();

    SyncApi(String endpoint, SignIn policy) {
        this.endpoint = endpoint;
        this.policy = policy;
        client = new ContainerRegistryClientBuilder().endpoint(endpoint).addPolicy(policy)
            .credential(policy.credential()).retryOptions(Api.NO_RETRIES).buildClient();
    }

    private ContainerRepository repositoryOf(String method, String repository) {
        Checks.calling("ContainerRepository." + method);
        return client.getRepository(repository);
    }

    private RegistryArtifact artifact(String method, String repository, String reference) {
        Checks.calling("RegistryArtifact." + method);
        return client.getArtifact(repository, reference);
    }

    private ContainerRegistryContentClient content(String method, String repository) {
        Checks.calling("ContainerRegistryContentClient." + method);
        return contents.computeIfAbsent(repository,
            name -> new ContainerRegistryContentClientBuilder().endpoint(endpoint)
                .repositoryName(name).addPolicy(policy)
                .credential(policy.credential()).retryOptions(Api.NO_RETRIES)
                .buildClient());
    }

    private static <T> List<List<T>> pages(PagedIterable<T> list, int pageSize) {
        var pages = pageSize == 0 ? list.streamByPage() : list.streamByPage(pageSize);
        return pages.map(page -> page.getValue()).toList();
    }

    @Override
    public String endpoint() {
        return client.getEndpoint();
    }

    @Override
    public List<List<String>> repositories(int pageSize) {
        Checks.calling("ContainerRegistryClient.listRepositoryNames");
        return pages(client.listRepositoryNames(), pageSize);
    }

    /** This version looks for the next page in the body; the registry names it in the header. */
    @Override
    public boolean turnsCatalogPages() {
        return false;
    }

    @Override
    public int deleteRepositoryByName(String repository) {
        Checks.calling("ContainerRegistryClient.deleteRepository");
        return client.deleteRepositoryWithResponse(repository, Context.NONE).getStatusCode();
    }

    @Override
    public int deleteRepository(String repository) {
        return repositoryOf("delete", repository).deleteWithResponse(Context.NONE).getStatusCode();
    }

    @Override
    public ContainerRepositoryProperties repository(String repository) {
        return repositoryOf("getProperties", repository).getProperties();
    }

    @Override
    public ContainerRepositoryProperties updateRepository(String repository, Flags flags) {
        return repositoryOf("updateProperties", repository).updateProperties(flags.forRepository());
    }

    @Override
    public List<List<ArtifactManifestProperties>> manifests(String repository,
        ArtifactManifestOrder order, int pageSize) {
        ContainerRepository at = repositoryOf("listManifestProperties", repository);
        return pages(order == null ? at.listManifestProperties()
            : at.listManifestProperties(order), pageSize);
    }

    @Override
    public ArtifactManifestProperties manifest(String repository, String reference) {
        return artifact("getManifestProperties", repository, reference).getManifestProperties();
    }

    @Override
    public ArtifactManifestProperties updateManifest(String repository, String reference,
        Flags flags) {
        return artifact("updateManifestProperties", repository, reference)
            .updateManifestProperties(flags.forManifest());
    }

    @Override
    public int deleteArtifact(String repository, String reference) {
        return artifact("delete", repository, reference).deleteWithResponse(Context.NONE)
            .getStatusCode();
    }

    @Override
    public List<List<ArtifactTagProperties>> tags(String repository, String reference,
        ArtifactTagOrder order, int pageSize) {
        RegistryArtifact at = artifact("listTagProperties", repository, reference);
        return pages(order == null ? at.listTagProperties() : at.listTagProperties(order),
            pageSize);
    }

    @Override
    public ArtifactTagProperties tag(String repository, String tag) {
        return artifact("getTagProperties", repository, tag).getTagProperties(tag);
    }

    @Override
    public ArtifactTagProperties updateTag(String repository, String tag, Flags flags) {
        return artifact("updateTagProperties", repository, tag)
            .updateTagProperties(tag, flags.forTag());
    }

    @Override
    public int deleteTag(String repository, String tag) {
        return artifact("deleteTag", repository, tag).deleteTagWithResponse(tag, Context.NONE)
            .getStatusCode();
    }

    @Override
    public UploadRegistryBlobResult upload(String repository, byte[] data) {
        return content("uploadBlob", repository).uploadBlob(BinaryData.fromBytes(data));
    }

    @Override
    public byte[] download(String repository, String digest) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        content("downloadStream", repository).downloadStream(digest, Channels.newChannel(data));
        return data.toByteArray();
    }

    @Override
    public int deleteBlob(String repository, String digest) {
        return content("deleteBlob", repository).deleteBlobWithResponse(digest, Context.NONE)
            .getStatusCode();
    }

    @Override
    public String setImage(String repository, OciImageManifest manifest, String tag) {
        return content("setManifest", repository).setManifest(manifest, tag).getDigest();
    }

    @Override
    public String setManifest(String repository, SetManifestOptions options) {
        return content("setManifestWithResponse", repository)
            .setManifestWithResponse(options, Context.NONE).getValue().getDigest();
    }

    @Override
    public GetManifestResult getManifest(String repository, String reference) {
        return content("getManifest", repository).getManifest(reference);
    }

    @Override
    public int deleteManifest(String repository, String digest) {
        return content("deleteManifest", repository)
            .deleteManifestWithResponse(digest, Context.NONE).getStatusCode();
    }
}
