// SPDX-License-Identifier: Apache-2.0

// Every method of the Azure SDK for Go's azcontainerregistry against one server.
//
//	azure-go write ENDPOINT            everything, anonymous
//	azure-go basic ENDPOINT PASSWORD   everything, with the password in each request
//	azure-go token ENDPOINT PASSWORD   everything, with the password for the tokens the SDK gets
//	azure-go exchange ENDPOINT TOKEN   everything, with a credential that hands out TOKEN
//	azure-go read ENDPOINT PASSWORD    anonymous where anyone may only read; the password is for
//	                                   putting something there first
//	azure-go version
//
// The certificate authority comes from SSL_CERT_FILE. The last line of a run that got to its end
// is "end"; the exit status says nothing about the checks.
package main

import (
	"context"
	"fmt"
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

func clientOptions() azcore.ClientOptions {
	options := azcore.ClientOptions{TracingProvider: methodNames()}
	options.Retry.MaxRetries = -1 // what the server gets wrong once must show
	return options
}

// newSuite makes clients that sign in as the policies do; anonymous without any.
func newSuite(endpoint string, signIn ...policy.Policy) suite {
	options := clientOptions()
	options.PerCallPolicies = signIn
	return newSuiteOf(endpoint, nil, options)
}

// newSuiteWith makes clients that sign in with a credential; `watch` sees all that is sent.
func newSuiteWith(endpoint string, signIn azcore.TokenCredential, watch policy.Policy) suite {
	options := clientOptions()
	options.PerRetryPolicies = []policy.Policy{watch}
	return newSuiteOf(endpoint, signIn, options)
}

func newSuiteOf(endpoint string, signIn azcore.TokenCredential, options azcore.ClientOptions) suite {
	client, err := acr.NewClient(endpoint, signIn, &acr.ClientOptions{ClientOptions: options})
	need("make a client", err)
	blobs, err := acr.NewBlobClient(endpoint, signIn,
		&acr.BlobClientOptions{ClientOptions: options})
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

func (s suite) testEverything() {
	s.testUploads()
	s.testBlobs()
	s.testManifests()
	s.testRepositories()
	s.testTags()
	s.testManifestLists()
	s.testManifestProperties()
	s.testTagLocks()
	s.testManifestLocks()
	s.testRepositoryLocks()
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	endpoint, password := arguments[1], arguments[2]
	switch arguments[0] {
	case "version":
		fmt.Println(version())
		return
	case "write":
		newSuite(endpoint).testEverything()
	case "basic":
		newSuite(endpoint, basic{"admin", password}).testEverything()
	case "token":
		newSuite(endpoint, tokenPassword{"admin", password}).testEverything()
	case "exchange":
		testExchange(endpoint, password)
	case "read":
		testReader(endpoint, newSuite(endpoint, basic{"admin", password}), newSuite(endpoint))
	default:
		fmt.Fprintln(os.Stderr, "usage: azure-go write|basic|token|exchange|read ENDPOINT [SECRET]")
		os.Exit(2)
	}
	fmt.Println("end")
}
