#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Azure SDK for JavaScript: every method of the clients of @azure/container-registry, anonymous,
# with a password, and where anyone may only read. The checks are in azure-js/.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
modules=$here/../../build/tools/azure-js/node_modules
client_version=$(jq -r .version "$modules/@azure/container-registry/package.json")

cp "$here"/azure-js/*.mjs "$T"
ln -s "$modules" "$T/node_modules"
start_azure_servers
start_token_server
start_exchange_server

check_refused "TLS with an unknown CA" 'certificate' node test.mjs names "$OPEN"
export NODE_EXTRA_CA_CERTS=$CA
run_checks anonymous node test.mjs full "$OPEN"
run_checks password node test.mjs full "$CLOSED" "$PASSWORD"
run_checks tokens node test.mjs token "$TOKENS" "$TOKENS_PASSWORD"
run_checks exchange node test.mjs exchange "$EXCHANGE" "$FOREIGN_TOKEN"
run_checks "public registry" node test.mjs public "$PUBLIC" "$PUBLIC_PASSWORD"

finish
