// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include "app/command_about.h"
#include "app/command_backup.h"
#include "app/command_deleted.h"
#include "app/command_gc.h"
#include "app/command_issuer.h"
#include "app/command_keys.h"
#include "app/command_retention.h"
#include "app/command_scope_map.h"
#include "app/command_serve.h"
#include "app/command_tls_init.h"
#include "app/command_token.h"
#include "app/command_user.h"
#include "app/command_verify.h"

#include <algorithm>
#include <iterator>

namespace berth::app {

std::vector<Command> all_commands() {
    std::vector<Command> all;
    for (std::vector<Command> some : {
             serve_commands(),
             user_commands(),
             token_commands(),
             scope_map_commands(),
             keys_commands(),
             issuer_commands(),
             retention_commands(),
             deleted_commands(),
             gc_commands(),
             tls_commands(),
             verify_commands(),
             backup_commands(),
             about_commands(),
         }) {
        std::ranges::move(some, std::back_inserter(all));
    }
    return all;
}

}  // namespace berth::app
