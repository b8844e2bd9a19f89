// SPDX-License-Identifier: Apache-2.0
//
// The whole input as repository, tag, digest and reference: what is accepted is returned unchanged
// and keeps its length limits.
#include "oci/names.h"

#include "base/assert.h"
#include "base/limits.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto repository = oci::Repository::parse(input)) {
        BERTH_CHECK(repository->text() == input && size <= kRepositoryLengthMax);
        BERTH_CHECK(input.find("//") == std::string_view::npos);
        BERTH_CHECK(input.find("..") == std::string_view::npos);
    }
    const auto tag = oci::Tag::parse(input);
    BERTH_CHECK(!tag || (tag->text() == input && size <= kTagLengthMax));
    const auto digest = oci::Digest::parse(input);
    if (digest) {
        BERTH_CHECK(digest->text() == input && oci::has_digest_shape(input));
        BERTH_CHECK(oci::Digest::from_stored(digest->stored()) == digest);
    }
    BERTH_CHECK(oci::parse_reference(input).has_value() == (tag.has_value() || digest.has_value()));
    return 0;
}
