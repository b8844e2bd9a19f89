// SPDX-License-Identifier: Apache-2.0

// What each lock refuses, and what it lets through (docs/locks.md).
package main

import (
	"bytes"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

func locked(name string, err error) {
	refused(name, err, 405, "REGISTRY_DISALLOWED_OPERATION")
}

// flags are all true but those named. The SDK's three sets of flags differ in nothing but the name.
func flags(off ...string) acr.TagWriteableProperties {
	on := func(flag string) *bool { return to.Ptr(!slices.Contains(off, flag)) }
	return acr.TagWriteableProperties{CanDelete: on("delete"), CanList: on("list"),
		CanRead: on("read"), CanWrite: on("write")}
}

// lockTag sets the flags named to false and the others to true.
func (s suite) lockTag(repository, tag string, off ...string) {
	wanted := flags(off...)
	answer, err := s.setTag(repository, tag, wanted)
	need("lock a tag", err)
	equal("the tag's flags after that", &wanted, answer.Tag.ChangeableAttributes)
}

func (s suite) testTagLocks() {
	const repository = "locks/tags"
	first, second := newArtifact(60), newArtifact(61)
	s.seed(repository, first, "t", "free")
	s.seed(repository, second, second.digest())

	s.lockTag(repository, "t", "write")
	_, err := s.put(repository, "t", second)
	locked("push over a write-locked tag", err)
	_, err = s.put(repository, "free", second)
	done("push over its neighbour", err)
	_, err = s.client.DeleteTag(s.ctx, repository, "t", nil)
	locked("delete a write-locked tag", err)
	_, err = s.client.DeleteManifest(s.ctx, repository, first.digest(), nil)
	locked("delete the manifest of a write-locked tag", err)
	_, err = s.client.DeleteRepository(s.ctx, repository, nil)
	locked("delete the repository of a write-locked tag", err)
	s.holdsManifest("the locked image", repository, first, "t", first.digest())

	s.lockTag(repository, "t", "delete")
	_, err = s.client.DeleteTag(s.ctx, repository, "t", nil)
	locked("delete a delete-locked tag", err)
	_, err = s.client.DeleteManifest(s.ctx, repository, first.digest(), nil)
	locked("delete the manifest of a delete-locked tag", err)
	_, err = s.put(repository, "t", second)
	done("push over a delete-locked tag", err)
	s.holdsManifest("what the tag means now", repository, second, "t")

	s.lockTag(repository, "t", "read")
	_, _, err = s.get(repository, "t", imageType)
	locked("get a manifest by a read-locked tag", err)
	s.holdsManifest("the same manifest", repository, second, second.digest(), "free")
	got, err := s.client.GetTagProperties(s.ctx, repository, "t", nil)
	need("get the properties of a read-locked tag", err)
	equal("the tag's digest", second.digest(), value(got.Tag.Digest))

	s.lockTag(repository, "t", "list")
	equal("the list without a hidden tag", [][]string{{"free"}}, s.tags(repository, nil))
	_, err = s.client.GetTagProperties(s.ctx, repository, "t", nil)
	done("get the properties of a hidden tag", err)
	s.holdsManifest("a hidden tag's manifest", repository, second, "t")
	counts, err := s.client.GetRepositoryProperties(s.ctx, repository, nil)
	need("get the repository of a hidden tag", err)
	equal("hidden tags count", int32(2), value(counts.TagCount))

	s.lockTag(repository, "t")
	_, err = s.client.DeleteTag(s.ctx, repository, "t", nil)
	done("delete the tag when its lock is gone", err)
}

func (s suite) lockManifest(repository, digest string, off ...string) {
	wanted := acr.ManifestWriteableProperties(flags(off...))
	answer, err := s.setManifest(repository, digest, wanted)
	need("lock a manifest", err)
	equal("the manifest's flags after that", &wanted, answer.Manifest.ChangeableAttributes)
}

func (s suite) testManifestLocks() {
	const repository = "locks/manifests"
	image, other := newArtifact(70), newArtifact(71)
	digest, layer := image.digest(), image.parts[1].digest()
	s.seed(repository, image, "t")
	s.seed(repository, other, "other")

	s.lockManifest(repository, digest, "write")
	_, err := s.client.DeleteManifest(s.ctx, repository, digest, nil)
	locked("delete a write-locked manifest", err)
	_, err = s.client.DeleteRepository(s.ctx, repository, nil)
	locked("delete the repository of a write-locked manifest", err)
	_, err = s.blobs.DeleteBlob(s.ctx, repository, layer, nil)
	locked("delete a layer of a write-locked manifest", err)
	_, err = s.put(repository, "t2", image)
	done("give a write-locked manifest another tag", err)
	_, err = s.client.DeleteTag(s.ctx, repository, "t2", nil)
	done("delete a tag of a write-locked manifest", err)

	s.lockManifest(repository, digest, "delete")
	_, err = s.client.DeleteManifest(s.ctx, repository, digest, nil)
	locked("delete a delete-locked manifest", err)
	_, err = s.blobs.DeleteBlob(s.ctx, repository, layer, nil)
	locked("delete a layer of a delete-locked manifest", err)
	_, err = s.client.DeleteManifest(s.ctx, repository, other.digest(), nil)
	done("delete its neighbour", err)

	s.lockManifest(repository, digest, "read")
	_, _, err = s.get(repository, "t", imageType)
	locked("get a read-locked manifest by tag", err)
	_, _, err = s.get(repository, digest, imageType)
	locked("get a read-locked manifest by digest", err)
	_, err = s.client.GetManifestProperties(s.ctx, repository, digest, nil)
	done("get the properties of a read-locked manifest", err)
	_, err = s.blobs.CheckBlobExists(s.ctx, repository, layer, nil)
	done("check a layer of a read-locked manifest", err)

	s.lockManifest(repository, digest, "list")
	s.seed(repository, other, "other")
	equal("the list without a hidden manifest", [][]string{{other.digest()}},
		s.manifests(repository, nil))
	s.holdsManifest("a hidden manifest", repository, image, "t", digest)
	counts, err := s.client.GetRepositoryProperties(s.ctx, repository, nil)
	need("get the repository of a hidden manifest", err)
	equal("hidden manifests count", int32(2), value(counts.ManifestCount))

	s.lockManifest(repository, digest)
	_, err = s.client.DeleteManifest(s.ctx, repository, digest, nil)
	done("delete the manifest when its lock is gone", err)
}

func (s suite) lockRepository(repository string, off ...string) {
	wanted := acr.RepositoryWriteableProperties(flags(off...))
	answer, err := s.setRepository(repository, wanted)
	need("lock a repository", err)
	equal("the repository's flags after that", &wanted, answer.ChangeableAttributes)
}

func (s suite) testRepositoryLocks() {
	const repository = "locks/repository"
	image := newArtifact(80)
	digest, layer := image.digest(), image.parts[1].digest()
	s.seed(repository, image, "t", "t2")
	s.testWriteLockedRepository(repository, image)

	s.lockRepository(repository, "delete")
	_, err := s.client.DeleteRepository(s.ctx, repository, nil)
	locked("delete a delete-locked repository", err)
	_, err = s.client.DeleteTag(s.ctx, repository, "t2", nil)
	done("delete a tag in a delete-locked repository", err)

	s.lockRepository(repository, "read")
	_, _, err = s.get(repository, "t", imageType)
	locked("get a manifest by tag from a read-locked repository", err)
	_, _, err = s.get(repository, digest, imageType)
	locked("get a manifest by digest from a read-locked repository", err)
	_, err = s.blobs.GetBlob(s.ctx, repository, layer, nil)
	locked("get a blob from a read-locked repository", err)
	_, err = s.blobs.CheckBlobExists(s.ctx, repository, layer, nil)
	refused("check a blob of a read-locked repository", err, 405, "")
	mounted, err := s.blobs.MountBlob(s.ctx, "locks/mounts", repository, layer, nil)
	done("mount from a read-locked repository", err)
	equal("that starts an upload", missing{}, value(mounted.DockerContentDigest))
	equal("the tags of a read-locked repository", [][]string{{"t"}}, s.tags(repository, nil))
	equal("its manifests", [][]string{{digest}}, s.manifests(repository, nil))

	isTrue("the catalog names the repository", s.catalogHas(repository))
	s.lockRepository(repository, "list")
	isTrue("the catalog leaves out a hidden one", !s.catalogHas(repository))
	s.holdsManifest("a hidden repository's manifest", repository, image, "t")
	equal("the tags of a hidden repository", [][]string{{"t"}}, s.tags(repository, nil))

	s.lockRepository(repository)
	_, err = s.client.DeleteRepository(s.ctx, repository, nil)
	done("delete the repository when its locks are gone", err)
}

func (s suite) catalogHas(repository string) bool {
	for _, page := range s.catalog(nil) {
		for _, name := range page {
			if name == repository {
				return true
			}
		}
	}
	return false
}

func (s suite) testWriteLockedRepository(repository string, image manifest) {
	data := []byte("begun before the lock")
	upload, err := s.blobs.StartUpload(s.ctx, repository, nil)
	need("start an upload before the lock", err)
	calculator := acr.NewBlobDigestCalculator()
	s.lockRepository(repository, "write")
	chunk, err := s.blobs.UploadChunk(s.ctx, *upload.Location, bytes.NewReader(data), calculator, nil)
	need("upload a chunk under the lock", err)
	_, err = s.blobs.CompleteUpload(s.ctx, *chunk.Location, calculator, nil)
	locked("complete the upload under the lock", err)

	_, err = s.blobs.StartUpload(s.ctx, repository, nil)
	locked("start an upload in a write-locked repository", err)
	elsewhere := newImage("amd64", 30).parts[1].digest()
	_, err = s.blobs.MountBlob(s.ctx, repository, "sdk/tags", elsewhere, nil)
	locked("mount into a write-locked repository", err)
	_, err = s.put(repository, "t", image)
	locked("push over a tag in a write-locked repository", err)
	_, err = s.put(repository, image.digest(), image)
	locked("push by digest into a write-locked repository", err)
	_, err = s.client.DeleteTag(s.ctx, repository, "t2", nil)
	locked("delete a tag in a write-locked repository", err)
	_, err = s.client.DeleteManifest(s.ctx, repository, image.digest(), nil)
	locked("delete a manifest in a write-locked repository", err)
	_, err = s.blobs.DeleteBlob(s.ctx, repository, image.parts[1].digest(), nil)
	locked("delete a blob in a write-locked repository", err)
	_, err = s.client.DeleteRepository(s.ctx, repository, nil)
	locked("delete a write-locked repository", err)
	s.holdsManifest("the locked manifest", repository, image, "t", image.digest())

	s.lockRepository(repository)
	complete, err := s.blobs.CompleteUpload(s.ctx, *chunk.Location, calculator, nil)
	need("complete the upload when the lock is gone", err)
	equal("the blob begun before the lock", blob{"", data}.digest(),
		value(complete.DockerContentDigest))
}
