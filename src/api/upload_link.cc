// SPDX-License-Identifier: Apache-2.0
#include "api/upload_link.h"

#include "base/bytes.h"
#include "base/encode.h"
#include "oci/hasher.h"

namespace berth::api {

std::string upload_link(const std::string& repository, const std::string& upload_id,
                        std::uint64_t offset, Timestamp at) {
    const std::string state = "{\"Name\":" + json_quote(repository) +
                              ",\"UUID\":" + json_quote(upload_id) +
                              ",\"Offset\":" + std::to_string(offset) +
                              ",\"StartedAt\":" + json_quote(format_timestamp(at)) + "}";
    // ACR puts a 32-byte authenticator here. Ours only fills its place: a session is protected by
    // its repository's scope and its owner, not by knowledge of a link.
    const oci::Digest seal = oci::digest_of(oci::Algorithm::sha256, as_bytes(state));
    const std::string sealed = std::string(as_text(seal.hash())) + state;
    return "/v2/" + repository + "/blobs/uploads/" + upload_id +
           "?_nouploadcache=false&_state=" + percent_encode(base64url_encode(as_bytes(sealed)));
}

std::string upload_range(std::uint64_t offset) {
    return "0-" + std::to_string(offset == 0 ? 0 : offset - 1);
}

}  // namespace berth::api
