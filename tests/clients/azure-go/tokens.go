// SPDX-License-Identifier: Apache-2.0

// AuthenticationClient: tokens asked for by hand, as other programs do with it.
package main

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

func testTokens(endpoint, registry, repository string, image manifest) {
	options := clientOptions()
	client, err := acr.NewAuthenticationClient(endpoint,
		&acr.AuthenticationClientOptions{ClientOptions: options})
	need("make an authentication client", err)
	s := newSuite(endpoint)
	scope := "repository:" + repository + ":pull"
	exchange := func(grant acr.TokenGrantType, refreshToken string) (string, error) {
		answer, err := client.ExchangeACRRefreshTokenForACRAccessToken(s.ctx, registry, scope,
			refreshToken, &acr.AuthenticationClientExchangeACRRefreshTokenForACRAccessTokenOptions{
				GrantType: &grant})
		token, _ := value(answer.AccessToken).(string)
		return token, err
	}
	token, err := exchange(acr.TokenGrantTypePassword, "")
	need("get an anonymous token", err)
	options.PerCallPolicies = []policy.Policy{bearer(token)}
	s.client, err = acr.NewClient(endpoint, nil, &acr.ClientOptions{ClientOptions: options})
	need("make a client that sends it", err)
	s.holdsManifest("a manifest by the token", repository, image, "v1")

	_, err = exchange(acr.TokenGrantTypeRefreshToken, "no token")
	refused("exchange a text that is no refresh token", err, 401, "")
	_, err = client.ExchangeAADAccessTokenForACRRefreshToken(s.ctx,
		acr.PostContentSchemaGrantTypeAccessToken, registry,
		&acr.AuthenticationClientExchangeAADAccessTokenForACRRefreshTokenOptions{
			AccessToken: to.Ptr("no token")})
	refused("exchange a token of nobody the registry trusts", err, 401, "")
}
