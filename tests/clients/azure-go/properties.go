// SPDX-License-Identifier: Apache-2.0

// Manifests as metadata: lists in every order and the properties of each kind.
package main

import (
	"fmt"
	"sort"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

func (s suite) manifests(repository string, options *acr.ClientListManifestsOptions) [][]string {
	return pages(s, "list the manifests", s.client.NewListManifestsPager(repository, options),
		func(page acr.ClientListManifestsResponse) []string {
			equal("the registry of a page of manifests", s.registry, value(page.RegistryLoginServer))
			equal("the repository of a page of manifests", repository, value(page.Repository))
			digests := []string{}
			for _, entry := range page.Attributes {
				digests = append(digests, *entry.Digest)
			}
			return digests
		})
}

func manifestFlags(off ...string) *acr.ManifestWriteableProperties {
	return to.Ptr(acr.ManifestWriteableProperties(flags(off...)))
}

func (s suite) setManifest(repository, digest string, flags acr.ManifestWriteableProperties) (
	acr.ClientUpdateManifestPropertiesResponse, error) {
	return s.client.UpdateManifestProperties(s.ctx, repository, digest,
		&acr.ClientUpdateManifestPropertiesOptions{Value: &flags})
}

func (s suite) testManifestLists() {
	const repository = "sdk/lists"
	byTime := []string{}
	for seed := int64(40); seed < 45; seed++ {
		artifact := newArtifact(seed)
		s.seed(repository, artifact, artifact.digest())
		byTime = append(byTime, artifact.digest())
	}
	byDigest := append([]string{}, byTime...)
	sort.Strings(byDigest)
	backwards := []string{}
	for _, digest := range byTime {
		backwards = append([]string{digest}, backwards...)
	}
	orders := []struct {
		order  *acr.ArtifactManifestOrderBy
		wanted []string
	}{
		{nil, byDigest},
		{to.Ptr(acr.ArtifactManifestOrderByNone), byDigest},
		{to.Ptr(acr.ArtifactManifestOrderByLastUpdatedOnAscending), byTime},
		{to.Ptr(acr.ArtifactManifestOrderByLastUpdatedOnDescending), backwards},
	}
	for _, list := range orders {
		for _, size := range []int32{1, 2, 5, 100} {
			equal(fmt.Sprintf("manifests in order %v in pages of %d", value(list.order), size),
				cut(list.wanted, int(size)), s.manifests(repository,
					&acr.ClientListManifestsOptions{OrderBy: list.order, MaxNum: &size}))
		}
		equal(fmt.Sprintf("manifests in order %v after the second", value(list.order)),
			[][]string{list.wanted[2:]}, s.manifests(repository,
				&acr.ClientListManifestsOptions{OrderBy: list.order, Last: &list.wanted[1]}))
	}
	_, err := s.client.NewListManifestsPager("sdk/nowhere", nil).NextPage(s.ctx)
	refused("the manifests of an unknown repository", err, 404, "NAME_UNKNOWN")
}

// facts are the members of a manifest's properties that do not depend on the moment.
type facts struct {
	digest, mediaType        string
	size                     int64
	config, architecture, os any
	tags                     []string
	related                  []string
}

func (s suite) testManifestProperties() {
	const repository = "sdk/properties"
	image, other := newImage("amd64", 50), newImage("arm64", 51)
	index := newIndex([]string{"amd64", "arm64"}, image, other)
	docker, artifact := newDockerImage("ppc64le", 52), newArtifact(53)
	s.seed(repository, image, "v2", "v1")
	s.seed(repository, other, other.digest())
	s.seed(repository, index, "all")
	s.seed(repository, docker, "docker")
	s.seed(repository, artifact, "artifact")
	none := missing{}
	for _, wanted := range []facts{
		{image.digest(), imageType, image.size(), imageConfigType, "amd64", "linux",
			[]string{"v1", "v2"}, nil},
		{other.digest(), imageType, other.size(), imageConfigType, "arm64", "linux", nil, nil},
		{index.digest(), indexType, index.size() + image.size() + other.size(), none, none, none,
			[]string{"all"}, []string{image.digest() + " amd64 linux", other.digest() + " arm64 linux"}},
		{docker.digest(), dockerType, docker.size(), dockerConfig, "ppc64le", "linux",
			[]string{"docker"}, nil},
		{artifact.digest(), imageType, artifact.size(), emptyConfigType, none, none,
			[]string{"artifact"}, nil},
	} {
		s.hasProperties(repository, wanted)
	}
	s.testManifestUpdates(repository, image.digest())
	_, err := s.client.GetManifestProperties(s.ctx, repository, unknownDigest, nil)
	refused("the properties of an unknown manifest", err, 404, "MANIFEST_UNKNOWN")
	_, err = s.setManifest(repository, unknownDigest, *manifestFlags())
	refused("update an unknown manifest", err, 404, "MANIFEST_UNKNOWN")
}

func (s suite) hasProperties(repository string, wanted facts) {
	answer, err := s.client.GetManifestProperties(s.ctx, repository, wanted.digest, nil)
	need("get the properties of a manifest", err)
	equal("its registry", s.registry, value(answer.RegistryLoginServer))
	equal("its repository", repository, value(answer.RepositoryName))
	got := answer.Manifest
	equal("its digest", wanted.digest, value(got.Digest))
	equal("its media type", wanted.mediaType, value(got.MediaType))
	equal("its config's media type", wanted.config, value(got.ConfigMediaType))
	equal("its size", wanted.size, value(got.Size))
	equal("its architecture", wanted.architecture, plain(got.Architecture))
	equal("its operating system", wanted.os, plain(got.OperatingSystem))
	equal("its tags", append([]string{}, wanted.tags...), texts(got.Tags))
	equal("its flags", manifestFlags(), got.ChangeableAttributes)
	recent("its creation", got.CreatedOn)
	recent("its last update", got.LastUpdatedOn)
	related := []string{}
	for _, child := range got.RelatedArtifacts {
		related = append(related, fmt.Sprint(*child.Digest, " ", plain(child.Architecture), " ",
			plain(child.OperatingSystem)))
	}
	equal("what it refers to", append([]string{}, wanted.related...), related)
	s.listsTheSame(repository, *got)
}

// plain is `value` of a text with a type of its own.
func plain[T ~string](member *T) any {
	if member == nil {
		return missing{}
	}
	return string(*member)
}

// listsTheSame: an entry of the list tells what the manifest alone does, but for the references.
func (s suite) listsTheSame(repository string, wanted acr.ManifestAttributes) {
	page, err := s.client.NewListManifestsPager(repository, nil).NextPage(s.ctx)
	need("list the manifests", err)
	wanted.RelatedArtifacts = nil
	for _, entry := range page.Attributes {
		if *entry.Digest == *wanted.Digest {
			equal("a manifest in the list is the manifest alone", wanted, *entry)
			return
		}
	}
	fail("a manifest in the list is the manifest alone", "it is not there")
}

func (s suite) testManifestUpdates(repository, digest string) {
	before, err := s.client.GetManifestProperties(s.ctx, repository, digest, nil)
	need("get a manifest before its update", err)
	after, err := s.setManifest(repository, digest,
		acr.ManifestWriteableProperties{CanWrite: to.Ptr(false)})
	need("update one flag of a manifest", err)
	wanted := *before.Manifest
	wanted.ChangeableAttributes = manifestFlags("write")
	equal("nothing else of the manifest changes", wanted, *after.Manifest)
	tag, err := s.client.GetTagProperties(s.ctx, repository, "v1", nil)
	need("get a tag of a locked manifest", err)
	equal("the tag's flags are its own", tagFlags(), tag.Tag.ChangeableAttributes)
	after, err = s.setManifest(repository, digest, *manifestFlags())
	need("update the manifest's flag back", err)
	equal("the manifest is as before", *before.Manifest, *after.Manifest)
}
