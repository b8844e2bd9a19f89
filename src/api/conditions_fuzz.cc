// SPDX-License-Identifier: Apache-2.0
//
// Lines of the input as Accept, If-None-Match, If-Range, and as the values of a link. A condition
// holds for the ETag it names whatever stands around it; what a link carries comes back from it
// unchanged.
#include "api/accept.h"
#include "api/paging.h"
#include "api/preconditions.h"
#include "api/upload_link.h"
#include "base/assert.h"
#include "http/uri.h"
#include "oci/media_type.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace berth;

const std::string kEtag = "\"sha256:" + std::string(64, 'a') + "\"";

void check_conditions(std::string_view text) {
    http::RequestHead head;
    head.headers = {{"If-None-Match", text}, {"If-Range", text}};
    const bool unchanged = api::none_match_says_unchanged(head, kEtag);
    const bool names_it = text.find(kEtag) != std::string_view::npos;
    BERTH_CHECK(!unchanged || names_it || text.find('*') != std::string_view::npos);
    BERTH_CHECK(api::range_applies(head, kEtag) == (text == kEtag));
    head.headers.push_back({"if-none-match", kEtag});
    BERTH_CHECK(api::none_match_says_unchanged(head, kEtag));
}

void check_accept(std::string_view text) {
    const std::string with_type = std::string(text) + "," + std::string(oci::kOciManifest);
    BERTH_CHECK(api::check_accept(with_type, oci::kOciManifest));
    BERTH_CHECK(api::check_accept(text, oci::kDockerManifest));
    const Result<void> answer = api::check_accept(text, oci::kOciIndex);
    BERTH_CHECK(answer || answer.error().code == Errc::manifest_unknown);
}

void check_link(std::string_view text) {
    const std::string link =
        api::next_link("/v2/_catalog", {{"last", std::string(text)}, {"n", "3"}});
    BERTH_CHECK(link.starts_with('<') && link.ends_with(">; rel=\"next\""));
    const std::string_view inside = std::string_view(link).substr(1, link.find('>') - 1);
    BERTH_CHECK(link.find('>') == link.size() - 13);
    if (text.find('\0') != std::string_view::npos) {
        return;  // no target has one
    }
    const auto target = http::parse_target(inside);
    BERTH_CHECK(target && target->path == "/v2/_catalog");
    const auto query = http::Query::parse(target->query);
    BERTH_CHECK(query && query->get("last") == text && query->get("n") == "3");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        check_conditions(line);
        check_accept(line);
        check_link(line);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    const std::string link = api::upload_link("team/app", "id", size, Timestamp{1});
    const auto target = http::parse_target(link);
    BERTH_CHECK(target && http::Query::parse(target->query)->get("_state"));
    return 0;
}
