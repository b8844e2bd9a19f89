// SPDX-License-Identifier: Apache-2.0
//
// What `berth serve --local` adds for developers: a well-known account, a certificate of an
// authority that the developer's machine trusts once, and an answer only to host names that no
// stranger can own. Never for production.
#pragma once

#include "app/authority_directory.h"
#include "app/config.h"
#include "auth/authenticator.h"
#include "base/error.h"
#include "io/tls_context.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace berth::app {

/// Known to everybody, as the manual says; in no catalog.
auth::LocalAccount local_account();

/// A token in the shape of Entra ID's, without a signature, for SDKs that want a credential.
std::string local_token();

/// Where the authority lives: the setting, $XDG_DATA_HOME/berth or ~/.local/share/berth.
Result<AuthorityDirectory> local_authority_directory(const Config& config);

/// A new certificate for this start, from the authority there (made when absent). Clients that ask
/// for another name of this machine (NAME.localhost) are served one with that name in it: many
/// take no `*.localhost`. Blocks.
Result<io::TlsMaterial> make_local_tls(const Config& config);

/// False for a host that may be a stranger's, whose name somebody made to mean this machine so that
/// a browser lets the stranger's pages use it (DNS rebinding). `host` as in a Host header.
bool is_local_host(const Config& config, std::string_view host);

}  // namespace berth::app
