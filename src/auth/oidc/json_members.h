// SPDX-License-Identifier: Apache-2.0
//
// Reads the members of a small JSON document, each at most once asked for, and says what is wrong
// in words for whoever wrote it. For the .cc files of this folder only: it brings Boost.JSON.
#pragma once

#include "base/error.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// Errc::bad_request, with the reason in log_detail, when `text` is no JSON object.
Result<boost::json::object> parse_json_object(std::string_view text);

/// The reads answer what is there or, when the member is absent, what `target` had. After the last
/// one, finish() fails for the first member that had the wrong type or that nobody asked for.
class JsonMembers {
  public:
    explicit JsonMembers(const boost::json::object& object) : object_(object) {}

    void read(std::string_view name, std::string& target);
    void read(std::string_view name, bool& target);
    void read(std::string_view name, std::int64_t& target);
    void read(std::string_view name, std::vector<std::string>& target);
    /// A list of objects.
    void read(std::string_view name, std::vector<const boost::json::object*>& target);

    /// Errc::bad_request with a text for the operator in log_detail.
    Result<void> finish() const;

  private:
    const boost::json::value* take(std::string_view name);
    void expect(bool right, std::string_view name, std::string_view type);

    const boost::json::object& object_;
    std::set<std::string, std::less<>> known_;
    std::string problem_;
};

}  // namespace berth::auth
