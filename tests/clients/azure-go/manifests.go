// SPDX-License-Identifier: Apache-2.0

// Manifests as content: upload, get, delete.
package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

// put uploads the manifest alone, whatever becomes of it.
func (s suite) put(repository, reference string, m manifest) (
	acr.ClientUploadManifestResponse, error) {
	return s.client.UploadManifest(s.ctx, repository, reference, acr.ContentType(m.mediaType),
		streaming.NopCloser(bytes.NewReader(m.data)), nil)
}

// seed uploads a manifest with its parts under each of the references; the other tests stand on it.
func (s suite) seed(repository string, m manifest, references ...string) {
	for _, part := range m.parts {
		s.push(repository, part.data)
	}
	for _, reference := range references {
		_, err := s.put(repository, reference, m)
		if err != nil {
			need(fmt.Sprintf("upload %s:%s", repository, reference), err)
		}
	}
}

// get reads a manifest back; without `mediaType` the SDK asks for application/json alone.
func (s suite) get(repository, reference, mediaType string) ([]byte, string, error) {
	options := &acr.ClientGetManifestOptions{}
	if mediaType != "" {
		options.Accept = &mediaType
	}
	answer, err := s.client.GetManifest(s.ctx, repository, reference, options)
	if err != nil {
		return nil, "", err
	}
	defer answer.ManifestData.Close()
	data, err := io.ReadAll(answer.ManifestData)
	digest, _ := value(answer.DockerContentDigest).(string)
	return data, digest, err
}

func (s suite) holdsManifest(name, repository string, m manifest, references ...string) {
	for _, reference := range references {
		data, digest, err := s.get(repository, reference, m.mediaType)
		done("get "+name+" as "+reference, err)
		isTrue("the bytes of "+name, bytes.Equal(m.data, data))
		equal("the digest of "+name, m.digest(), digest)
	}
}

func (s suite) testManifests() {
	const repository = "sdk/manifests"
	image, other := newImage("amd64", 10), newImage("arm64", 11)
	index := newIndex([]string{"amd64", "arm64"}, image, other)
	docker, artifact := newDockerImage("amd64", 12), newArtifact(13)
	s.seed(repository, image)
	answer, err := s.put(repository, "v1", image)
	need("upload an image by tag", err)
	equal("its digest", image.digest(), value(answer.DockerContentDigest))
	equal("its location", "/v2/"+repository+"/manifests/"+image.digest(), value(answer.Location))
	equal("the answer is empty", int64(0), value(answer.ContentLength))
	s.seed(repository, other)
	answer, err = s.put(repository, other.digest(), other)
	need("upload an image by digest", err)
	equal("its digest", other.digest(), value(answer.DockerContentDigest))
	s.seed(repository, index, "all")
	s.seed(repository, docker, "docker")
	s.seed(repository, artifact, "artifact")
	s.holdsManifest("the image", repository, image, "v1", image.digest())
	s.holdsManifest("the other image", repository, other, other.digest())
	s.holdsManifest("the index", repository, index, "all", index.digest())
	s.holdsManifest("the Docker image", repository, docker, "docker", docker.digest())
	s.holdsManifest("the artifact", repository, artifact, "artifact")
	s.testBadManifests(repository, image)

	_, err = s.client.DeleteManifest(s.ctx, repository, docker.digest(), nil)
	done("delete the Docker image", err)
	_, _, err = s.get(repository, "docker", dockerType)
	refused("its tag is gone", err, 404, "MANIFEST_UNKNOWN")
	_, _, err = s.get(repository, docker.digest(), dockerType)
	refused("it is gone itself", err, 404, "MANIFEST_UNKNOWN")
	_, err = s.client.DeleteManifest(s.ctx, repository, docker.digest(), nil)
	done("delete it again: the SDK takes 404 for success", err)
	_, err = s.client.DeleteManifest(s.ctx, repository, "v1", nil)
	refused("delete a manifest by tag", err, 405, "UNSUPPORTED")
}

func (s suite) testBadManifests(repository string, image manifest) {
	_, _, err := s.get(repository, "nothing", imageType)
	refused("an unknown tag", err, 404, "MANIFEST_UNKNOWN")
	_, _, err = s.get(repository, unknownDigest, imageType)
	refused("an unknown digest", err, 404, "MANIFEST_UNKNOWN")
	_, _, err = s.get("sdk/nowhere", "v1", imageType)
	refused("an unknown repository", err, 404, "MANIFEST_UNKNOWN")
	_, _, err = s.get(repository, "v1", "")
	refused("an OCI image for who accepts JSON only", err, 404, "MANIFEST_UNKNOWN")
	_, err = s.put(repository, "broken", newImage("amd64", 19))
	refused("a manifest whose layer is not there", err, 400, "MANIFEST_BLOB_UNKNOWN")
	_, err = s.put(repository, "broken", manifest{blob{imageType, []byte("no json")}, nil})
	refused("a manifest that is no JSON", err, 400, "MANIFEST_INVALID")
	_, err = s.put(repository, "broken", manifest{blob{dockerType, image.data}, nil})
	refused("a manifest under another type", err, 400, "MANIFEST_INVALID")
}
