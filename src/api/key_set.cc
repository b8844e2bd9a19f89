// SPDX-License-Identifier: Apache-2.0
//
// GET /.well-known/jwks.json (RFC 7517): the public keys that verify our tokens, for who wants to
// check them without asking us. Public: there is nothing secret in it.
#include "api/handlers.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/try.h"

namespace berth::api {

namespace {

// How long a client may go on without looking. A rotated key verifies for longer than that.
constexpr const char* kCacheControl = "public, max-age=300";

std::string unpadded(std::string_view bytes) {
    std::string text = base64url_encode(as_bytes(bytes));
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

Result<std::string> jwk(const auth::SigningKey& key) {
    BERTH_TRY(const std::string modulus, key.modulus());
    BERTH_TRY(const std::string exponent, key.exponent());
    return R"({"kty":"RSA","use":"sig","alg":"RS256","kid":)" + json_quote(key.kid()) +
           R"(,"n":")" + unpadded(modulus) + R"(","e":")" + unpadded(exponent) + "\"}";
}

}  // namespace

HandlerResult get_key_set(Context& context) {
    const auth::Seconds now = berth::now().ticks / kTicksPerSecond;
    BERTH_CO_TRY(const std::vector<auth::SignerPtr> signers,
                 co_await context.sign_in.tokens.verifying_keys(now));
    std::string keys;
    for (const auth::SignerPtr& signer : signers) {
        BERTH_CO_TRY(const std::string key, jwk(signer->key));
        keys += (keys.empty() ? "" : ",") + key;
    }
    http::Response response(200);
    response.content_type = "application/json; charset=utf-8";
    response.headers.emplace_back("Cache-Control", kCacheControl);
    response.body = R"({"keys":[)" + keys + "]}\n";
    co_return response;
}

}  // namespace berth::api
