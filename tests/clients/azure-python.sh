#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Azure SDK for Python, the newest: every method of ContainerRegistryClient,
# anonymous, with a password, and where anyone may only read. The checks are in azure-python/.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
python=$here/../../build/tools/azure-python/bin/python
export PYTHONDONTWRITEBYTECODE=1
client_version=$("$python" -c 'import azure.containerregistry as c; print(c.__version__)')
test=(env REQUESTS_CA_BUNDLE="$CA" "$python" "$here/azure-python/test.py")
start_azure_servers
start_token_server
start_exchange_server

check_refused "TLS with an unknown CA" 'certificate' \
    "$python" "$here/azure-python/test.py" names "$OPEN"
run_checks anonymous "${test[@]}" full "$OPEN"
run_checks password "${test[@]}" full "$CLOSED" "$PASSWORD"
run_checks tokens "${test[@]}" token "$TOKENS" "$TOKENS_PASSWORD"
run_checks exchange "${test[@]}" exchange "$EXCHANGE" "$FOREIGN_TOKEN"
run_checks "public registry" "${test[@]}" public "$PUBLIC" "$PUBLIC_PASSWORD"

finish
