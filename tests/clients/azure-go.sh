#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Azure SDK for Go: every method of azcontainerregistry's clients, anonymous, with a password,
# with the tokens the SDK gets for it, and where anyone may only read. The checks are in azure-go/.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
program=$(cd "$(dirname "$0")/../../build/tools/azure-go" && pwd)/azure-go
client_version=$("$program" version)
start_azure_servers
start_token_server
start_exchange_server

check_refused "TLS with an unknown CA" 'certificate' "$program" write "$OPEN"
export SSL_CERT_FILE=$CA
run_checks anonymous "$program" write "$OPEN"
run_checks password "$program" basic "$CLOSED" "$PASSWORD"
run_checks tokens "$program" token "$TOKENS" "$TOKENS_PASSWORD"
run_checks exchange "$program" exchange "$EXCHANGE" "$FOREIGN_TOKEN"
run_checks "public registry" "$program" read "$PUBLIC" "$PUBLIC_PASSWORD"

finish
