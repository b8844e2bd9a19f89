// SPDX-License-Identifier: Apache-2.0

// Signing in with a token of the identity provider, as with any Azure credential: the SDK exchanges
// it for a refresh token, that for access tokens, and tries each of them on everything.
package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// credential hands out one token.
type credential string

func (c credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken,
	error) {
	return azcore.AccessToken{Token: string(c), ExpiresOn: time.Now().Add(50 * time.Minute)}, nil
}

// sent is one request as it went over the wire.
type sent struct {
	path   string
	status int
	bearer bool
}

type recorder struct{ all []sent }

func (r *recorder) Do(request *policy.Request) (*http.Response, error) {
	bearer := strings.HasPrefix(request.Raw().Header.Get("Authorization"), "Bearer ")
	path := request.Raw().URL.Path
	response, err := request.Next()
	if err == nil {
		r.all = append(r.all, sent{path, response.StatusCode, bearer})
	}
	return response, err
}

// count says how many requests of a path got an answer of this status.
func (r *recorder) count(path string, status int) int {
	number := 0
	for _, each := range r.all {
		if each.path == path && each.status == status {
			number++
		}
	}
	return number
}

// replaced counts tokens that did not suffice: refused, another one asked for, and taken.
func (r *recorder) replaced() int {
	number := 0
	for at := 0; at+2 < len(r.all); at++ {
		first, asked, again := r.all[at], r.all[at+1], r.all[at+2]
		if first.bearer && first.status == 401 && asked.path == "/oauth2/token" &&
			again.path == first.path && again.status != 401 {
			number++
		}
	}
	return number
}

func testExchange(endpoint, token string) {
	record := &recorder{}
	newSuiteWith(endpoint, credential(token), record).testEverything()
	operation = "oauth2"
	exchanged := record.count("/oauth2/exchange", http.StatusOK)
	isTrue("the credential's token was exchanged once for each client", exchanged == 2)
	isTrue("no token was refused", record.count("/oauth2/exchange", 401) == 0 &&
		record.count("/oauth2/token", 401) == 0)
	isTrue("a token for another scope was refused and replaced", record.replaced() > 10)
}
