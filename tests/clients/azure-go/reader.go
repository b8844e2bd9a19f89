// SPDX-License-Identifier: Apache-2.0

// Who has no credentials where only reading is allowed: the SDK fetches a token of its own when it
// is challenged, reads with it, and is refused what the token does not grant.
package main

import (
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

func testReader(endpoint string, admin, reader suite) {
	const repository = "sdk/reader"
	image := newImage("amd64", 90)
	admin.seed(repository, image, "v1")
	reader.reads(repository, image)

	_, err := reader.setTag(repository, "v1", acr.TagWriteableProperties{CanWrite: to.Ptr(false)})
	reader.unauthorized("update a tag", err)
	_, err = reader.setManifest(repository, image.digest(), *manifestFlags())
	reader.unauthorized("update a manifest", err)
	_, err = reader.setRepository(repository, *repositoryFlags())
	reader.unauthorized("update a repository", err)
	_, err = reader.client.DeleteTag(reader.ctx, repository, "v1", nil)
	reader.unauthorized("delete a tag", err)
	_, err = reader.client.DeleteManifest(reader.ctx, repository, image.digest(), nil)
	reader.unauthorized("delete a manifest", err)
	_, err = reader.client.DeleteRepository(reader.ctx, repository, nil)
	reader.unauthorized("delete a repository", err)
	_, err = reader.client.UploadManifest(reader.ctx, repository, "v2", acr.ContentType(imageType),
		streaming.NopCloser(strings.NewReader(string(image.data))), nil)
	reader.unauthorized("upload a manifest", err)
	_, err = reader.blobs.StartUpload(reader.ctx, repository, nil)
	reader.unauthorized("start an upload", err)
	_, err = reader.blobs.DeleteBlob(reader.ctx, repository, image.parts[1].digest(), nil)
	reader.unauthorized("delete a blob", err)

	// Now the clients hold tokens of another scope than the reading asks for.
	reader.reads(repository, image)
	equal("nothing was added or taken", [][]string{{"v1"}}, admin.tags(repository, nil))
	testTokens(endpoint, admin.registry, repository, image)
	got, err := admin.client.GetTagProperties(admin.ctx, repository, "v1", nil)
	need("get the tag as admin", err)
	equal("nothing was changed", tagFlags(), got.Tag.ChangeableAttributes)
}

func (s suite) reads(repository string, image manifest) {
	equal("the catalog for a reader", [][]string{{repository}}, s.catalog(nil))
	equal("the tags for a reader", [][]string{{"v1"}}, s.tags(repository, nil))
	equal("the manifests for a reader", [][]string{{image.digest()}}, s.manifests(repository, nil))
	got, err := s.client.GetRepositoryProperties(s.ctx, repository, nil)
	need("the repository for a reader", err)
	equal("its tags", int32(1), value(got.TagCount))
	_, err = s.client.GetTagProperties(s.ctx, repository, "v1", nil)
	done("the tag for a reader", err)
	_, err = s.client.GetManifestProperties(s.ctx, repository, image.digest(), nil)
	done("the manifest for a reader", err)
	s.holdsManifest("the manifest for a reader", repository, image, "v1", image.digest())
	s.holdsBlob(repository, image.parts[1].data)
}

// unauthorized: the last answer is a 401 to a token that the SDK fetched after a first 401.
func (s suite) unauthorized(name string, err error) {
	refused(name+" as a reader", err, 401, "UNAUTHORIZED")
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) || answer.RawResponse == nil {
		return
	}
	sent := answer.RawResponse.Request.Header.Get("Authorization")
	isTrue("the SDK had fetched a token", strings.HasPrefix(sent, "Bearer "))
	challenge := answer.RawResponse.Header.Get("WWW-Authenticate")
	isTrue("the token's scope is what lacks",
		strings.Contains(challenge, `error="insufficient_scope"`))
}
