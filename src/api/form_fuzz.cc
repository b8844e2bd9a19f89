// SPDX-License-Identifier: Apache-2.0
//
// The whole input as the body of a token request, in two pieces. What is read has no more fields
// than there may be, and a field that is asked for is there once or refused.
#include "api/form.h"

#include "base/assert.h"
#include "base/limits.h"
#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string text(reinterpret_cast<const char*>(data), size);
    http::FakeBody body({text.substr(0, size / 2), text.substr(size / 2)}, size);
    http::RequestHead head;
    head.headers.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
    http::Exchange exchange(head, body, "192.0.2.1", false);
    http::BodyMemory memory(1 * kGiB);
    http::BodyMemory::Share share(memory);
    const Result<http::Query> form = io::run_task(api::read_form(exchange, share));
    if (!form) {
        BERTH_CHECK(form.error().code == Errc::bad_request ||
                    form.error().code == Errc::payload_too_large);
        return 0;
    }
    for (const std::string_view name : {"grant_type", "service", "scope", "username", "password",
                                        "access_token", "refresh_token", "tenant"}) {
        const auto values = form->all(name);
        const auto one = api::single(*form, name);
        BERTH_CHECK(values.size() <= kQueryParametersMax);
        BERTH_CHECK(one.has_value() == (values.size() <= 1));
    }
    return 0;
}
