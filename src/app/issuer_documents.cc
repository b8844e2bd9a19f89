// SPDX-License-Identifier: Apache-2.0
#include "app/issuer_documents.h"

#include "base/try.h"
#include "http/client.h"
#include "io/client_tls.h"

#include <utility>

namespace berth::app {

io::Task<Result<std::string>> IssuerDocuments::fetch(std::string url, auth::FetchRules rules) {
    auto load = [&rules] { return io::ClientTls::load(rules.ca_file); };
    http::ClientRequest request(url);
    BERTH_CO_TRY(request.tls, co_await pool_.run(load));
    request.allow_private = rules.allow_private;
    request.allow_plain_loopback = rules.allow_private;
    BERTH_CO_TRY(http::ClientResponse response,
                 co_await http::client_get(loop_, std::move(request)));
    if (response.status != 200) {
        co_return fail(Errc::unavailable,
                       url + " answers " + std::to_string(response.status) +
                           (response.status / 100 == 3 ? ", which is not followed" : ""));
    }
    co_return std::move(response.body);
}

}  // namespace berth::app
