// SPDX-License-Identifier: Apache-2.0

// The catalog and what is known about a repository.
package main

import (
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

// pages runs a pager to its end and keeps, page by page, what `names` finds in one.
func pages[P any](s suite, name string, pager *runtime.Pager[P],
	names func(P) []string) [][]string {
	all := [][]string{}
	for pager.More() {
		page, err := pager.NextPage(s.ctx)
		if err != nil {
			fail(name, err.Error())
			break
		}
		all = append(all, names(page))
		if len(all) > 1000 {
			fail(name, "the pages have no end")
			break
		}
	}
	return all
}

// cut makes pages of `size` of what the whole list should be.
func cut(list []string, size int) [][]string {
	all := [][]string{}
	for len(list) > size {
		all, list = append(all, list[:size]), list[size:]
	}
	return append(all, list)
}

func texts(list []*string) []string {
	found := []string{}
	for _, item := range list {
		found = append(found, *item)
	}
	return found
}

func (s suite) catalog(options *acr.ClientListRepositoriesOptions) [][]string {
	return pages(s, "list the repositories", s.client.NewListRepositoriesPager(options),
		func(page acr.ClientListRepositoriesResponse) []string { return texts(page.Names) })
}

func (s suite) testRepositories() {
	all := []string{"lists/a", "lists/b", "lists/b-c", "lists/d", "lists/e", "sdk/manifests"}
	artifact, image := newArtifact(20), newImage("amd64", 21)
	for _, repository := range all[:5] {
		s.seed(repository, artifact, "v1")
	}
	s.seed("lists/a", image, "v2", "v3")
	equal("the catalog", [][]string{all}, s.catalog(nil))
	for _, size := range []int32{1, 2, 4, 6, 1000} {
		equal(fmt.Sprintf("the catalog in pages of %d", size), cut(all, int(size)),
			s.catalog(&acr.ClientListRepositoriesOptions{MaxNum: &size}))
	}
	equal("the catalog after a name", cut(all[2:], 3), s.catalog(
		&acr.ClientListRepositoriesOptions{MaxNum: to.Ptr(int32(3)), Last: to.Ptr("lists/b")}))
	equal("the catalog after a name that is not there", [][]string{all[3:]}, s.catalog(
		&acr.ClientListRepositoriesOptions{Last: to.Ptr("lists/c")}))

	got, err := s.client.GetRepositoryProperties(s.ctx, "lists/a", nil)
	need("get a repository's properties", err)
	equal("its name", "lists/a", value(got.Name))
	equal("its registry", s.registry, value(got.RegistryLoginServer))
	equal("its manifests", int32(2), value(got.ManifestCount))
	equal("its tags", int32(3), value(got.TagCount))
	equal("its flags", repositoryFlags(), got.ChangeableAttributes)
	recent("its creation", got.CreatedOn)
	recent("its last update", got.LastUpdatedOn)
	isTrue("it was updated after its creation", got.LastUpdatedOn.After(*got.CreatedOn))
	s.testRepositoryUpdates(got.ContainerRepositoryProperties)

	_, err = s.client.DeleteRepository(s.ctx, "lists/a", nil)
	done("delete a repository", err)
	_, err = s.client.GetRepositoryProperties(s.ctx, "lists/a", nil)
	refused("it is gone", err, 404, "NAME_UNKNOWN")
	equal("the catalog without it", [][]string{all[1:]}, s.catalog(nil))
	_, err = s.client.DeleteRepository(s.ctx, "lists/a", nil)
	done("delete it again: the SDK takes 404 for success", err)
	_, err = s.setRepository("lists/a", acr.RepositoryWriteableProperties{CanWrite: to.Ptr(true)})
	refused("update what is gone", err, 404, "NAME_UNKNOWN")
}

func repositoryFlags(off ...string) *acr.RepositoryWriteableProperties {
	return to.Ptr(acr.RepositoryWriteableProperties(flags(off...)))
}

func (s suite) setRepository(name string, flags acr.RepositoryWriteableProperties) (
	acr.ClientUpdateRepositoryPropertiesResponse, error) {
	return s.client.UpdateRepositoryProperties(s.ctx, name,
		&acr.ClientUpdateRepositoryPropertiesOptions{Value: &flags})
}

func (s suite) testRepositoryUpdates(before acr.ContainerRepositoryProperties) {
	off := to.Ptr(false)
	after, err := s.setRepository("lists/a", acr.RepositoryWriteableProperties{CanDelete: off})
	need("update one flag", err)
	wanted := before
	wanted.ChangeableAttributes = repositoryFlags("delete")
	equal("nothing else changes", wanted, after.ContainerRepositoryProperties)
	after, err = s.setRepository("lists/a", acr.RepositoryWriteableProperties{CanList: off,
		CanRead: off, CanWrite: off})
	need("update the other flags", err)
	equal("all are false", repositoryFlags("delete", "list", "read", "write"),
		after.ChangeableAttributes)
	got, err := s.client.GetRepositoryProperties(s.ctx, "lists/a", nil)
	need("get what was updated", err)
	equal("it is the answer of the update", after.ContainerRepositoryProperties,
		got.ContainerRepositoryProperties)
	after, err = s.setRepository("lists/a", *repositoryFlags())
	need("update them back", err)
	equal("all is as before", before, after.ContainerRepositoryProperties)
}
