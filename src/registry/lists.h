// SPDX-License-Identifier: Apache-2.0
//
// The catalog's plain row types under the use cases' name: the layers above see registry/, not
// meta/.
#pragma once

#include "meta/attributes.h"
#include "meta/manifest_rows.h"
#include "meta/manifests.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "meta/tags.h"

namespace berth::registry {

using meta::Attributes;
using meta::AttributesChange;
using meta::ChildRow;
using meta::ManifestChange;
using meta::ManifestRow;
using meta::Order;
using meta::Page;
using meta::PageRequest;
using meta::ReferrerRow;
using meta::RepositoryRow;
using meta::StoredManifest;
using meta::TagRow;

}  // namespace berth::registry
