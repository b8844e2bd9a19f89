// SPDX-License-Identifier: Apache-2.0
//
// The catalog's plain row types under the use cases' name: the layers above see registry/, not
// meta/.
#pragma once

#include "meta/manifests.h"
#include "meta/paging.h"

namespace berth::registry {

using meta::Page;
using meta::PageRequest;
using meta::ReferrerRow;
using meta::StoredManifest;

}  // namespace berth::registry
