// SPDX-License-Identifier: Apache-2.0

// How the tests sign in; the SDK has no credential for a name and a password.
package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// basic signs every request with a password.
type basic struct{ user, password string }

func (b basic) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().SetBasicAuth(b.user, b.password)
	return request.Next()
}

// bearer signs every request with a token.
type bearer string

func (b bearer) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().Header.Set("Authorization", "Bearer "+string(b))
	return request.Next()
}

// tokenPassword adds a name and a password to the SDK's request for an anonymous token. All else is
// the SDK's own: the request without a body that asks to be challenged, the token, the request
// again, and the token kept for the next one, whatever its scope.
type tokenPassword struct{ user, password string }

func (t tokenPassword) Do(request *policy.Request) (*http.Response, error) {
	if request.Raw().URL.Path != "/oauth2/token" {
		return request.Next()
	}
	body, err := io.ReadAll(request.Body())
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	form.Set("username", t.user)
	form.Set("password", t.password)
	encoded := streaming.NopCloser(strings.NewReader(form.Encode()))
	if err = request.SetBody(encoded, "application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}
	return request.Next()
}
