#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Azure SDK for Java: every method of azure-containers-containerregistry's clients, those that
# block and those that do not, anonymous, with a password, with the tokens the SDK gets for it, and
# where anyone may only read. The checks are in azure-java/.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
installed=$(cd "$(dirname "$0")/../../build/tools/azure-java" && pwd)
# One garbage collector and the first compiler: a short run is faster so.
java=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -XX:MaxDirectMemorySize=128m
    -Djava.io.tmpdir="$T" -cp "$installed/classes:$installed/lib/*")
client_version=$("${java[@]}" Tests version)
start_azure_servers
start_token_server
start_exchange_server

check_refused "TLS with an unknown CA" 'SSLHandshakeException' \
    "${java[@]}" Tests write "$OPEN"
check "make a trust store" keytool -importcert -noprompt -alias ca -file "$CA" \
    -keystore "$T/trust.p12" -storetype PKCS12 -storepass changeit
java+=(-Djavax.net.ssl.trustStore="$T/trust.p12" -Djavax.net.ssl.trustStorePassword=changeit)
run_checks anonymous "${java[@]}" Tests write "$OPEN"
run_checks password "${java[@]}" Tests basic "$CLOSED" "$PASSWORD"
run_checks tokens "${java[@]}" Tests token "$TOKENS" "$TOKENS_PASSWORD"
run_checks exchange "${java[@]}" Tests exchange "$EXCHANGE" "$FOREIGN_TOKEN"
run_checks "public registry" "${java[@]}" Tests read "$PUBLIC" "$PUBLIC_PASSWORD"

finish
