// SPDX-License-Identifier: Apache-2.0
#include "api/accept.h"

#include "http/message.h"
#include "oci/media_type.h"

namespace berth::api {

namespace {

bool accepts(std::string_view accept, std::string_view media_type) {
    while (!accept.empty()) {
        const std::size_t comma = accept.find(',');
        const std::string_view offered = oci::without_parameters(accept.substr(0, comma));
        if (offered == "*/*" || offered == "application/*" ||
            http::equal_ignoring_case(offered, media_type)) {
            return true;
        }
        accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
    }
    return false;
}

/// ACR's words for a stored kind that old clients do not know; empty for kinds always answered.
std::string_view refusal_of(oci::ManifestKind kind) {
    switch (kind) {
        case oci::ManifestKind::oci_image:
            return "OCI manifest found, but accept header does not support OCI manifests";
        case oci::ManifestKind::oci_index:
            return "OCI index found, but accept header does not support OCI indexes";
        case oci::ManifestKind::oci_artifact:
            return "OCI artifact found, but accept header does not support OCI artifacts";
        default:
            return "";
    }
}

}  // namespace

Result<void> check_accept(std::string_view accept, std::string_view stored_media_type) {
    const std::string_view refusal = refusal_of(oci::kind_of(stored_media_type));
    if (refusal.empty() || accept.empty() || accepts(accept, stored_media_type)) {
        return {};
    }
    return fail(Error(Errc::manifest_unknown).with_message(std::string(refusal)));
}

}  // namespace berth::api
