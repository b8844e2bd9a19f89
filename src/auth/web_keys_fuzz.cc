// SPDX-License-Identifier: Apache-2.0
//
// The whole input as a key set, and as a token that is verified with fixed keys. No key that was
// read may be weak, and none may verify what nobody signed.
#include "auth/oidc/foreign_token.h"
#include "auth/oidc/web_key.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

// Public keys whose private halves were thrown away.
constexpr std::string_view kKeys =
    R"({"keys":[{"kid":"r","kty":"RSA","e":"AQAB","n":")"
    R"(uQZK8s_rgqN_KAjv_3ElWXiGbPeCCwFz4bN5iDUNEOgT7NGZixcV1HU5E_DrmSXBJYuMQKMor_DJFSfg)"
    R"(t8vXeNkoGWAFc3g9maQvhGeUuQH7_vGnHuElxfnl2BcDGnI4HPLlXYt6kbszV1qvurdhxb2lJeGEynEL)"
    R"(GDGNUerW2N1AdHj0vv7Fle-Q2jMk08a5VFHXFBEKo4JAO3EbOU-EXo40bmI_X9QkgzOd17t7HqIEMpnM)"
    R"(_JVLPwzuIUGeK_rI0g4TVebU-ZzqaP5k7sx28dnrAtOtdBu1x1my9zHDYqnE7z3mjznwvXy1FjbECwgF)"
    R"(husE55HjfsLlMTUlTZ1xQQ)"
    R"("},{"kid":"e","kty":"EC","crv":"P-256",)"
    R"("x":"YzXEvtTtMjPnfxSBcdRCygM9kF8YLWoLp1UYvHP_Ds0",)"
    R"("y":"WooLGiNUsdWzaQ6pHiPUmRUlZkE5xYgaCvPksr5UF68"}]})";

void check_key_set(std::string_view text) {
    const auto keys = auth::parse_web_keys(text);
    if (!keys) {
        return;
    }
    BERTH_CHECK(keys->size() <= auth::kWebKeysMax);
    const std::string signature(64, '\x01');
    for (const auth::WebKey& key : *keys) {
        BERTH_CHECK(!key.kid().empty() && key.kid().size() <= auth::kKidBytesMax);
        BERTH_CHECK(auth::find_web_key(*keys, key.kid(), key.algorithm()) != nullptr);
        BERTH_CHECK(!key.verify(text, ""));
        static_cast<void>(key.verify("text", signature));
    }
}

void check_token(const auth::WebKeys& keys, std::string_view text) {
    const auto token = auth::parse_foreign_token(text);
    if (!token) {
        return;
    }
    const auth::WebKey* key = auth::find_web_key(keys, token->kid, token->algorithm);
    BERTH_CHECK(key == nullptr || !key->verify(token->jwt.signed_text, token->jwt.signature));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auth::WebKeys keys = auth::parse_web_keys(kKeys).value();
    BERTH_CHECK(keys.size() == 2);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_key_set(input);
    check_token(keys, input);
    return 0;
}
