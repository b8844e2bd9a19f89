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

// inside marks the context of what a method calls in turn.
type inside struct{}

func methodNames() tracing.Provider {
	tracer := tracing.NewTracer(func(ctx context.Context, name string, _ *tracing.SpanOptions) (
		context.Context, tracing.Span) {
		if ctx.Value(inside{}) == nil {
			operation = methodName(name)
		}
		return context.WithValue(ctx, inside{}, true), tracing.Span{}
	}, nil)
	return tracing.NewProvider(func(string, string) tracing.Tracer { return tracer }, nil)
}

// methodName cleans up the two that are spelled differently: "Client.listX" of a method that makes
// pages, and "Pager[ClientListXResponse].NextPage".
func methodName(span string) string {
	list, ok := strings.CutPrefix(strings.TrimSuffix(span, "Response].NextPage"), "Pager[Client")
	if ok {
		return "Client." + list
	}
	kind, method, _ := strings.Cut(span, ".")
	return kind + "." + strings.ToUpper(method[:1]) + method[1:]
}
