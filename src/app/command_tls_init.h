// SPDX-License-Identifier: Apache-2.0
//
// `berth tls init`: a certificate authority of one's own, a certificate of it for this server, and
// what to tell clients. The authority is kept; the certificate is a new one each time.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> tls_commands();

}  // namespace berth::app
