// SPDX-License-Identifier: Apache-2.0

// What the tests push: blobs and manifests in memory, the same in every run.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand"
)

const (
	imageType       = "application/vnd.oci.image.manifest.v1+json"
	indexType       = "application/vnd.oci.image.index.v1+json"
	imageConfigType = "application/vnd.oci.image.config.v1+json"
	layerType       = "application/vnd.oci.image.layer.v1.tar+gzip"
	dockerType      = "application/vnd.docker.distribution.manifest.v2+json"
	dockerConfig    = "application/vnd.docker.container.image.v1+json"
	dockerLayer     = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	emptyConfigType = "application/vnd.oci.empty.v1+json"
)

type blob struct {
	mediaType string
	data      []byte
}

func (b blob) digest() string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(b.data))
}

func (b blob) descriptor() map[string]any {
	return map[string]any{"mediaType": b.mediaType, "digest": b.digest(), "size": len(b.data)}
}

// manifest is an image, an index or an artifact with the blobs that it names.
type manifest struct {
	blob
	parts []blob
}

// size is what the registry counts: the manifest's own bytes and those of config and layers.
func (m manifest) size() int64 {
	total := int64(len(m.data))
	for _, part := range m.parts {
		total += int64(len(part.data))
	}
	return total
}

func encode(mediaType string, document any) blob {
	data, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return blob{mediaType, data}
}

func noise(seed int64, size int) []byte {
	data := make([]byte, size)
	rand.New(rand.NewSource(seed)).Read(data)
	return data
}

func platformConfig(mediaType, architecture string) blob {
	return encode(mediaType, map[string]any{"architecture": architecture, "os": "linux",
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{}}})
}

func newManifest(mediaType string, config blob, layers ...blob) manifest {
	descriptors := []any{}
	for _, layer := range layers {
		descriptors = append(descriptors, layer.descriptor())
	}
	document := map[string]any{"schemaVersion": 2, "mediaType": mediaType,
		"config": config.descriptor(), "layers": descriptors}
	return manifest{encode(mediaType, document), append([]blob{config}, layers...)}
}

// newImage makes an OCI image; images of different seeds share nothing but perhaps the config.
func newImage(architecture string, seed int64) manifest {
	return newManifest(imageType, platformConfig(imageConfigType, architecture),
		blob{layerType, noise(seed, 3000)})
}

func newDockerImage(architecture string, seed int64) manifest {
	return newManifest(dockerType, platformConfig(dockerConfig, architecture),
		blob{dockerLayer, noise(seed, 2000)})
}

func newArtifact(seed int64) manifest {
	return newManifest(imageType, blob{emptyConfigType, []byte("{}")},
		blob{"text/plain", noise(seed, 100)})
}

func newIndex(architectures []string, children ...manifest) manifest {
	entries := []any{}
	for number, child := range children {
		entry := child.descriptor()
		entry["platform"] = map[string]any{"architecture": architectures[number], "os": "linux"}
		entries = append(entries, entry)
	}
	document := map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": entries}
	return manifest{encode(indexType, document), nil}
}
