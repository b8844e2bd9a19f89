// SPDX-License-Identifier: Apache-2.0
// The one place where Asio and Beast are compiled (separate compilation), and where the Boost
// version is pinned: Debian 12 also carries 1.74, which lacks what http/ and oci/ use.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/version.hpp>

static_assert(BOOST_VERSION == 108100, "install libboost1.81-dev, not libboost-dev");
