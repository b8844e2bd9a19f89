// SPDX-License-Identifier: Apache-2.0
//
// Two bytes choose a size, the rest is a Range and a Content-Range: what comes out lies inside the
// content and asks for no more than there is.
#include "http/range.h"

#include "base/assert.h"
#include "base/limits.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    if (size < 2) {
        return 0;
    }
    // The second byte makes it huge at times.
    const std::uint64_t content = std::uint64_t{data[0]} << (data[1] % 57U);
    const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
    const http::RangeRequest request = http::parse_range(text, content);
    BERTH_CHECK((request.kind == http::RangeRequest::Kind::partial) == !request.ranges.empty());
    BERTH_CHECK(request.ranges.size() <= kRangesMax);
    std::uint64_t left = content;
    for (const http::ByteRange& range : request.ranges) {
        BERTH_CHECK(range.first <= range.last && range.last < content);
        BERTH_CHECK(range.length() <= left);
        left -= range.length();
    }
    if (const auto range = http::parse_content_range(text)) {
        BERTH_CHECK(range->first <= range->last && range->length() > 0);
    }
    return 0;
}
