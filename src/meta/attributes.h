// SPDX-License-Identifier: Apache-2.0
//
// The changeable attributes of repositories, tags and manifests: the locks (acr-wire 14,
// docs/locks.md). Plain data; what a lock blocks is decided in the transaction that it would block.
#pragma once

#include <optional>

namespace berth::meta {

struct Attributes {
    bool delete_enabled = true;
    bool write_enabled = true;
    bool read_enabled = true;
    bool list_enabled = true;

    /// Deleting is a change, too (acr-wire 14.2).
    bool may_be_deleted() const { return delete_enabled && write_enabled; }

    friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// A partial update: what is absent keeps its value.
struct AttributesChange {
    std::optional<bool> delete_enabled;
    std::optional<bool> write_enabled;
    std::optional<bool> read_enabled;
    std::optional<bool> list_enabled;
};

}  // namespace berth::meta
