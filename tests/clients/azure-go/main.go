// SPDX-License-Identifier: Apache-2.0

// Every method of the Azure SDK for Go's azcontainerregistry against one server.
//
//	azure-go write ENDPOINT [PASSWORD]   everything, without credentials or as admin
//	azure-go read ENDPOINT PASSWORD      without credentials where only reading is allowed; the
//	                                     password is for putting something there first
//	azure-go version
//
// The certificate authority comes from SSL_CERT_FILE. The last line of a run that got to its end
// is "end"; the exit status says nothing about the checks.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

const module = "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"

// suite is one server as one caller sees it.
type suite struct {
	ctx      context.Context
	registry string // host:port, which the answers name
	client   *acr.Client
	blobs    *acr.BlobClient
}

// basic signs every request with a password; the SDK has no credential of that kind.
type basic struct{ user, password string }

func (b basic) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().SetBasicAuth(b.user, b.password)
	return request.Next()
}

func clientOptions() azcore.ClientOptions {
	options := azcore.ClientOptions{TracingProvider: methodNames()}
	options.Retry.MaxRetries = -1 // what the server gets wrong once must show
	return options
}

func newSuite(endpoint, password string) suite {
	options := clientOptions()
	if password != "" {
		options.PerCallPolicies = []policy.Policy{basic{"admin", password}}
	}
	client, err := acr.NewClient(endpoint, nil, &acr.ClientOptions{ClientOptions: options})
	need("make a client", err)
	blobs, err := acr.NewBlobClient(endpoint, nil, &acr.BlobClientOptions{ClientOptions: options})
	need("make a blob client", err)
	return suite{context.Background(), strings.TrimPrefix(endpoint, "https://"), client, blobs}
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	endpoint, password := arguments[1], arguments[2]
	switch arguments[0] {
	case "version":
		fmt.Println(version())
		return
	case "write":
		caller := newSuite(endpoint, password)
		caller.testUploads()
		caller.testBlobs()
		caller.testManifests()
		caller.testRepositories()
		caller.testTags()
		caller.testManifestLists()
		caller.testManifestProperties()
		caller.testTagLocks()
		caller.testManifestLocks()
		caller.testRepositoryLocks()
	case "read":
		testReader(endpoint, newSuite(endpoint, password), newSuite(endpoint, ""))
	default:
		fmt.Fprintln(os.Stderr, "usage: azure-go write|read ENDPOINT [PASSWORD]")
		os.Exit(2)
	}
	fmt.Println("end")
}
