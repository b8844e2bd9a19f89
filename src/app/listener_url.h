// SPDX-License-Identifier: Apache-2.0
//
// How clients spell the address of a listener.
#pragma once

#include "io/listener.h"

#include <string>

namespace berth::app {

/// `http://127.0.0.1:5000`, `https://[::1]:5000`
inline std::string url_of(const io::Listener& listener, bool secure) {
    const std::string& host = listener.host();
    const bool is_v6 = host.find(':') != std::string::npos;
    std::string url = secure ? "https://" : "http://";
    url.append(is_v6 ? "[" : "").append(host).append(is_v6 ? "]" : "");
    return url.append(":").append(std::to_string(listener.port()));
}

}  // namespace berth::app
