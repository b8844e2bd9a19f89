// SPDX-License-Identifier: Apache-2.0
//
// The whole input as the body of a PATCH, read on all three levels. They agree on what is no
// attributes at all, and a refusal says why.
#include "api/attributes_body.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

template <class T>
void check_refusal(const Result<T>& change) {
    if (!change) {
        BERTH_CHECK(change.error().code == Errc::bad_request);
        BERTH_CHECK(change.error().message.starts_with("invalid attributes: "));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto tag = api::parse_tag_change(body);
    const auto repository = api::parse_repository_change(body);
    const auto manifest = api::parse_manifest_change(body);
    check_refusal(tag);
    check_refusal(repository);
    check_refusal(manifest);
    // A tag has the fewest members that can be wrong.
    BERTH_CHECK(tag || (!repository && !manifest));
    if (tag && repository) {
        BERTH_CHECK(tag->delete_enabled == repository->attributes.delete_enabled);
        BERTH_CHECK(tag->list_enabled == repository->attributes.list_enabled);
    }
    if (manifest) {
        BERTH_CHECK(manifest->quarantine_state.value_or("").size() <= size);
        BERTH_CHECK(manifest->quarantine_details.value_or("").size() <= size);
    }
    return 0;
}
