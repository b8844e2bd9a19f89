// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import java.util.Set;

/** The four flags that each level has; null leaves one as it is. */
record Flags(Boolean delete, Boolean list, Boolean read, Boolean write) {
    static final Flags OPEN = but();

    /** All true but those named. */
    static Flags but(String... off) {
        Set<String> names = Set.of(off);
        return new Flags(!names.contains("delete"), !names.contains("list"),
            !names.contains("read"), !names.contains("write"));
    }

    /** Only one is set. */
    static Flags only(String flag, boolean value) {
        return new Flags(flag.equals("delete") ? value : null, flag.equals("list") ? value : null,
            flag.equals("read") ? value : null, flag.equals("write") ? value : null);
    }

    static Flags of(ContainerRepositoryProperties from) {
        return new Flags(from.isDeleteEnabled(), from.isListEnabled(), from.isReadEnabled(),
            from.isWriteEnabled());
    }

    static Flags of(ArtifactTagProperties from) {
        return new Flags(from.isDeleteEnabled(), from.isListEnabled(), from.isReadEnabled(),
            from.isWriteEnabled());
    }

    static Flags of(ArtifactManifestProperties from) {
        return new Flags(from.isDeleteEnabled(), from.isListEnabled(), from.isReadEnabled(),
            from.isWriteEnabled());
    }

    ContainerRepositoryProperties forRepository() {
        return new ContainerRepositoryProperties().setDeleteEnabled(delete).setListEnabled(list)
            .setReadEnabled(read).setWriteEnabled(write);
    }

    ArtifactTagProperties forTag() {
        return new ArtifactTagProperties().setDeleteEnabled(delete).setListEnabled(list)
            .setReadEnabled(read).setWriteEnabled(write);
    }

    ArtifactManifestProperties forManifest() {
        return new ArtifactManifestProperties().setDeleteEnabled(delete).setListEnabled(list)
            .setReadEnabled(read).setWriteEnabled(write);
    }
}
