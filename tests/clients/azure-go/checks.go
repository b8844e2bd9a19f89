// SPDX-License-Identifier: Apache-2.0

// The checks. Each prints a line "ok METHOD: NAME", or "FAIL METHOD: NAME" with the reason below
// it. Whoever needs an answer to go on asks `need`, which ends the program.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

func pass(name string) {
	fmt.Printf("ok %s: %s\n", operation, name)
}

func fail(name, why string) {
	fmt.Printf("FAIL %s: %s\n %s\n", operation, name, strings.Join(strings.Fields(why), " "))
}

// need ends the program when a step that others build on failed.
func need(name string, err error) {
	if err != nil {
		fail(name, err.Error())
		os.Exit(1)
	}
	pass(name)
}

// done checks that an operation without an answer worth looking at succeeded.
func done(name string, err error) {
	if err != nil {
		fail(name, err.Error())
		return
	}
	pass(name)
}

// isTrue checks a fact that has no other value to show.
func isTrue(name string, fact bool) {
	if !fact {
		fail(name, "it is not so")
		return
	}
	pass(name)
}

// equal compares two values deeply.
func equal(name string, wanted, got any) {
	if !reflect.DeepEqual(wanted, got) {
		fail(name, fmt.Sprintf("wanted %+v, got %+v", wanted, got))
		return
	}
	pass(name)
}

// value is what an optional member holds, or `missing`, which equals no value.
func value[T any](member *T) any {
	if member == nil {
		return missing{}
	}
	return *member
}

type missing struct{}

func (missing) String() string { return "(missing)" }

// refused checks that an operation ended in this status with this registry error code. A HEAD has
// no body and so no code: then `code` is empty.
func refused(name string, err error, status int, code string) {
	var answer *azcore.ResponseError
	if err == nil {
		fail(name, "it succeeded")
		return
	}
	if !errors.As(err, &answer) {
		fail(name, "no answer: "+err.Error())
		return
	}
	gotCode, text := registryError(answer)
	if answer.StatusCode != status || gotCode != code {
		fail(name, fmt.Sprintf("wanted %d %s, got %d %s: %s", status, code, answer.StatusCode,
			gotCode, text))
		return
	}
	pass(name)
}

// registryError reads the envelope of the registry's errors; the SDK hands over the raw body only.
func registryError(answer *azcore.ResponseError) (code, text string) {
	body, _ := io.ReadAll(answer.RawResponse.Body)
	var envelope struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &envelope) != nil || len(envelope.Errors) == 0 {
		return "", string(body)
	}
	if envelope.Errors[0].Message == "" {
		return envelope.Errors[0].Code + " without a message", ""
	}
	return envelope.Errors[0].Code, envelope.Errors[0].Message
}

var started = time.Now()

// recent checks a time of the registry: UTC, ticks of 100 ns at most, from this very run.
func recent(name string, at *time.Time) {
	const slack = time.Minute
	switch {
	case at == nil:
		fail(name, "there is no time")
	case at.Location() != time.UTC || at.Nanosecond()%100 != 0:
		fail(name, "not UTC in ticks: "+at.String())
	case at.Before(started.Add(-slack)) || at.After(time.Now().Add(slack)):
		fail(name, "not a time of this run: "+at.String())
	default:
		pass(name)
	}
}
