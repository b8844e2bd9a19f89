// SPDX-License-Identifier: Apache-2.0
//
// The whole input as repository, tag, digest and reference: what is accepted is returned unchanged
// and keeps its length limits.
#include "oci/names.h"

#include "base/assert.h"
#include "base/limits.h"
#include "oci/access.h"
#include "oci/name_ranges.h"

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
    // A pattern without a star is a name; what it matches is inside its range.
    if (oci::is_name_pattern(input)) {
        BERTH_CHECK(input.ends_with('*') || oci::Repository::parse(input).has_value());
        const oci::NameRanges ranges = oci::ranges_of({input});
        const std::string name = input.ends_with('*') ? std::string(input.substr(0, size - 1)) + "a"
                                                      : std::string(input);
        BERTH_CHECK(oci::matches(input, name) && ranges.size() == 1);
        BERTH_CHECK(name >= ranges.front().begin &&
                    (ranges.front().end.empty() || name < ranges.front().end));
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
