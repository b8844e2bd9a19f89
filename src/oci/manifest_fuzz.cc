// SPDX-License-Identifier: Apache-2.0
//
// First line: Content-Type; the rest: the manifest. Whatever is accepted must keep what
// oci/manifest.h promises.
#include "oci/manifest.h"

#include "base/assert.h"
#include "base/limits.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t newline = input.find('\n');
    const std::string_view content_type = input.substr(0, newline);
    const std::string_view body =
        newline == std::string_view::npos ? std::string_view() : input.substr(newline + 1);
    const auto manifest = oci::parse_manifest(content_type, as_bytes(body));
    if (!manifest) {
        const Errc code = manifest.error().code;
        BERTH_CHECK(code == Errc::manifest_invalid || code == Errc::unsupported);
        BERTH_CHECK(code == Errc::unsupported ||
                    manifest.error().wire_detail.starts_with(R"({"Reason":)"));
        return 0;
    }
    BERTH_CHECK(manifest->kind == oci::kind_of(manifest->media_type));
    BERTH_CHECK(manifest->kind != oci::ManifestKind::unknown);
    BERTH_CHECK(manifest->kind != oci::ManifestKind::schema1);
    BERTH_CHECK(manifest->references.size() <= oci::ManifestBounds().descriptors_max);
    return 0;
}
