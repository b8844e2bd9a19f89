// SPDX-License-Identifier: Apache-2.0
//
// What the Authenticator asks when one of our own tokens of a federated caller is used: whether
// what it hangs on still stands, and which rights that gives now.
#pragma once

#include "base/error.h"
#include "io/task.h"
#include "oci/access.h"

namespace berth::auth {

class TrustRecall {
  public:
    virtual ~TrustRecall() = default;
    /// A federated Principal with its present rules. Errc::token_invalid when the issuer, a rule,
    /// or the subject's freedom from blocks is not what it was. No network.
    virtual io::Task<Result<oci::Principal>> recall(const oci::Trust& trust) = 0;
};

}  // namespace berth::auth
