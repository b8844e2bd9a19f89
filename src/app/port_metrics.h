// SPDX-License-Identifier: Apache-2.0
//
// What happens to connections before and beside their requests: how many there are of which kind,
// how their TLS began. Any thread.
#pragma once

#include "telemetry/metrics.h"

namespace berth::app {

struct PortMetrics {
    void note_handshake(bool done, bool in_kernel) {
        (done ? handshakes : failed_handshakes).add();
        if (done) {
            (in_kernel ? kernel_encrypts : process_encrypts).add();
        }
    }

    // Connections that are open.
    telemetry::Gauge plain;          // http, HTTP/1.1
    telemetry::Gauge shaking_hands;  // https, before its first request
    telemetry::Gauge tls_http1;
    telemetry::Gauge tls_http2;
    // TLS handshakes, and who encrypts what is sent after them.
    telemetry::Counter handshakes;
    telemetry::Counter failed_handshakes;
    telemetry::Counter kernel_encrypts;
    telemetry::Counter process_encrypts;
};

}  // namespace berth::app
