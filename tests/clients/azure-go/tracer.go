// SPDX-License-Identifier: Apache-2.0

// Which method of the SDK a check is about: the one that was called last. The SDK tells its
// methods' names to whoever traces it.
package main

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/tracing"
)

var operation = "NewClient"

func methodNames() tracing.Provider {
	tracer := tracing.NewTracer(func(ctx context.Context, name string, _ *tracing.SpanOptions) (
		context.Context, tracing.Span) {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "Pager["), "].NextPage")
		switch {
		case strings.HasPrefix(name, "ClientList"):
			operation = "Client." + strings.TrimSuffix(strings.TrimPrefix(name, "Client"), "Response")
		case strings.HasPrefix(name, "Client."), strings.HasPrefix(name, "BlobClient."):
			kind, method, _ := strings.Cut(name, ".")
			operation = kind + "." + strings.ToUpper(method[:1]) + method[1:]
		}
		return ctx, tracing.Span{}
	}, nil)
	return tracing.NewProvider(func(string, string) tracing.Tracer { return tracer }, nil)
}
