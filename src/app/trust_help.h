// SPDX-License-Identifier: Apache-2.0
//
// How each client is told to trust a certificate authority: exact commands, for people to copy.
#pragma once

#include <string>

namespace berth::app {

/// `authority` is the path of its PEM file, `registry` what clients call the server: HOST:PORT.
std::string trust_help(const std::string& authority, const std::string& registry);

/// A word for a shell: as it is, or in quotes when it needs them.
std::string shell_word(const std::string& text);

}  // namespace berth::app
