// SPDX-License-Identifier: Apache-2.0
//
// Rules of scope maps as they stand on the command line: `--repository PATTERN ACTION...`, with the
// service's own words for actions (`content/read`). Pure.
#pragma once

#include "app/command.h"
#include "base/error.h"
#include "oci/access.h"

#include <string>
#include <vector>

namespace berth::app {

/// One rule for each occurrence of `flag`. Errc::bad_request for an unknown action, and for none
/// unless `may_lack_actions`. Patterns are checked where they are stored.
Result<oci::Rules> parse_rules(const Arguments& arguments, const std::string& flag,
                               bool may_lack_actions = false);

/// In the service's order: content/delete, content/read, ...
std::vector<std::string> action_words(oci::ActionSet actions);

}  // namespace berth::app
