// SPDX-License-Identifier: Apache-2.0

// Tags: lists in every order, properties, moving and deleting.
package main

import (
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

func (s suite) tags(repository string, options *acr.ClientListTagsOptions) [][]string {
	return pages(s, "list the tags", s.client.NewListTagsPager(repository, options),
		func(page acr.ClientListTagsResponse) []string {
			equal("the registry of a page of tags", s.registry, value(page.RegistryLoginServer))
			equal("the repository of a page of tags", repository, value(page.Repository))
			names := []string{}
			for _, tag := range page.Tags {
				names = append(names, *tag.Name)
			}
			return names
		})
}

func tagFlags(off ...string) *acr.TagWriteableProperties {
	return to.Ptr(flags(off...))
}

func (s suite) setTag(repository, tag string, flags acr.TagWriteableProperties) (
	acr.ClientUpdateTagPropertiesResponse, error) {
	return s.client.UpdateTagProperties(s.ctx, repository, tag,
		&acr.ClientUpdateTagPropertiesOptions{Value: &flags})
}

func (s suite) testTags() {
	const repository = "sdk/tags"
	first, second := newImage("amd64", 30), newImage("arm64", 31)
	s.seed(repository, first, "c")
	s.seed(repository, second, "a")
	s.seed(repository, first, "e")
	s.seed(repository, second, "b")
	s.seed(repository, first, "D")
	s.testTagLists(repository, first.digest())

	got, err := s.client.GetTagProperties(s.ctx, repository, "c", nil)
	need("get a tag's properties", err)
	equal("its registry", s.registry, value(got.RegistryLoginServer))
	equal("its repository", repository, value(got.RepositoryName))
	equal("its name", "c", value(got.Tag.Name))
	equal("its digest", first.digest(), value(got.Tag.Digest))
	equal("its flags", tagFlags(), got.Tag.ChangeableAttributes)
	recent("its creation", got.Tag.CreatedOn)
	equal("it was not updated since", value(got.Tag.CreatedOn), value(got.Tag.LastUpdatedOn))
	s.testTagUpdates(repository, *got.Tag)

	s.seed(repository, second, "c")
	moved, err := s.client.GetTagProperties(s.ctx, repository, "c", nil)
	need("get a tag that was moved", err)
	equal("its new digest", second.digest(), value(moved.Tag.Digest))
	equal("its creation stays", value(got.Tag.CreatedOn), value(moved.Tag.CreatedOn))
	isTrue("its update is later", moved.Tag.LastUpdatedOn.After(*got.Tag.LastUpdatedOn))
	equal("it is the newest", [][]string{{"c", "D", "b", "e", "a"}}, s.tags(repository,
		&acr.ClientListTagsOptions{OrderBy: to.Ptr(acr.ArtifactTagOrderByLastUpdatedOnDescending)}))

	_, err = s.client.DeleteTag(s.ctx, repository, "c", nil)
	done("delete a tag", err)
	_, err = s.client.GetTagProperties(s.ctx, repository, "c", nil)
	refused("it is gone", err, 404, "TAG_UNKNOWN")
	s.holdsManifest("the untagged image", repository, second, second.digest())
	_, err = s.client.DeleteTag(s.ctx, repository, "c", nil)
	done("delete it again: the SDK takes 404 for success", err)
	_, err = s.setTag(repository, "c", *tagFlags())
	refused("update what is gone", err, 404, "TAG_UNKNOWN")
	_, err = s.client.GetTagProperties(s.ctx, "sdk/nowhere", "c", nil)
	refused("a tag of an unknown repository", err, 404, "TAG_UNKNOWN")
	_, err = s.client.NewListTagsPager("sdk/nowhere", nil).NextPage(s.ctx)
	refused("the tags of an unknown repository", err, 404, "NAME_UNKNOWN")
}

func (s suite) testTagLists(repository, digest string) {
	byName := []string{"D", "a", "b", "c", "e"}
	byTime := []string{"c", "a", "e", "b", "D"}
	backwards := []string{"D", "b", "e", "a", "c"}
	orders := []struct {
		order  *acr.ArtifactTagOrderBy
		wanted []string
	}{
		{nil, byName},
		{to.Ptr(acr.ArtifactTagOrderByNone), byName},
		{to.Ptr(acr.ArtifactTagOrderByLastUpdatedOnAscending), byTime},
		{to.Ptr(acr.ArtifactTagOrderByLastUpdatedOnDescending), backwards},
	}
	for _, list := range orders {
		for _, size := range []int32{1, 2, 5, 100} {
			equal(fmt.Sprintf("tags in order %v in pages of %d", value(list.order), size),
				cut(list.wanted, int(size)), s.tags(repository,
					&acr.ClientListTagsOptions{OrderBy: list.order, MaxNum: &size}))
		}
		equal(fmt.Sprintf("tags in order %v after the second", value(list.order)),
			[][]string{list.wanted[2:]}, s.tags(repository,
				&acr.ClientListTagsOptions{OrderBy: list.order, Last: &list.wanted[1]}))
	}
	equal("tags of one digest", [][]string{{"D", "c", "e"}},
		s.tags(repository, &acr.ClientListTagsOptions{Digest: &digest}))
	equal("tags of one digest in small pages by time", [][]string{{"c"}, {"e"}, {"D"}},
		s.tags(repository, &acr.ClientListTagsOptions{Digest: &digest, MaxNum: to.Ptr(int32(1)),
			OrderBy: to.Ptr(acr.ArtifactTagOrderByLastUpdatedOnAscending)}))

	page, err := s.client.NewListTagsPager(repository, nil).NextPage(s.ctx)
	need("list all tags", err)
	for _, tag := range page.Tags {
		got, err := s.client.GetTagProperties(s.ctx, repository, *tag.Name, nil)
		need("get one of them", err)
		equal("a tag in the list is the tag alone", *got.Tag, *tag)
	}
}

func (s suite) testTagUpdates(repository string, before acr.TagAttributes) {
	after, err := s.setTag(repository, "c", acr.TagWriteableProperties{CanDelete: to.Ptr(false)})
	need("update one flag of a tag", err)
	wanted := before
	wanted.ChangeableAttributes = tagFlags("delete")
	equal("nothing else of the tag changes", wanted, *after.Tag)
	_, err = s.setTag(repository, "c", acr.TagWriteableProperties{CanWrite: to.Ptr(false)})
	need("update another flag of the tag", err)
	wanted.ChangeableAttributes = tagFlags("delete", "write")
	got, err := s.client.GetTagProperties(s.ctx, repository, "c", nil)
	need("get the updated tag", err)
	equal("both flags are false", wanted, *got.Tag)
	after, err = s.setTag(repository, "c", *tagFlags())
	need("update the tag's flags back", err)
	equal("the tag is as before", before, *after.Tag)
}
