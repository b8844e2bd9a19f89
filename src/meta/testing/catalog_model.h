// SPDX-License-Identifier: Apache-2.0
//
// What the catalog should hold, as plain maps with plain loops: the other side of
// catalog_model_test.cc. Manifests are numbers (catalog_fixture.h), tags are texts.
#pragma once

#include "base/clock.h"
#include "meta/attributes.h"
#include "meta/paging.h"
#include "meta/testing/catalog_fixture.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace berth::meta::testing {

inline constexpr std::uint32_t kModelDigests = 24;

/// What manifest `number` is: two thirds are referrers of a smaller number (which may be absent).
inline std::optional<std::uint32_t> subject_of(std::uint32_t number) {
    return number % 3 == 0 ? std::nullopt : std::optional(number / 2);
}

inline void merge(Attributes& attributes, const AttributesChange& change) {
    attributes.delete_enabled = change.delete_enabled.value_or(attributes.delete_enabled);
    attributes.write_enabled = change.write_enabled.value_or(attributes.write_enabled);
    attributes.read_enabled = change.read_enabled.value_or(attributes.read_enabled);
    attributes.list_enabled = change.list_enabled.value_or(attributes.list_enabled);
}

struct ModelTag {
    std::uint32_t manifest = 0;
    std::int64_t created = 0;
    std::int64_t updated = 0;
    Attributes attributes;
};

struct ModelManifest {
    std::int64_t created = 0;
    std::int64_t updated = 0;
    Attributes attributes;
    std::string quarantine_state;
};

/// Where an item stands in a time order; names of manifests are digest texts.
using Place = std::pair<std::int64_t, std::string>;

struct ModelRepository {
    std::map<std::uint32_t, ModelManifest> manifests;
    std::map<std::string, ModelTag> tags;
    Attributes attributes;
    bool teleport_enabled = false;
    std::int64_t created = 0;

    void put(std::uint32_t number, std::int64_t now) {
        if (manifests.empty()) {
            created = now;
        }
        const auto [entry, added] = manifests.try_emplace(number);
        if (added) {
            entry->second.created = now;
        }
        if (entry->second.attributes.write_enabled) {
            entry->second.updated = now;
        }
    }

    void put_tag(const std::string& name, std::uint32_t number, std::int64_t now) {
        const auto [entry, added] = tags.try_emplace(name);
        if (added) {
            entry->second.created = now;
        }
        entry->second.manifest = number;
        entry->second.updated = now;
    }

    /// `number` and everything that refers to it.
    std::set<std::uint32_t> cascade(std::uint32_t number) const {
        std::set<std::uint32_t> found{number};
        for (std::uint32_t other = number + 1; other < kModelDigests; ++other) {
            const auto subject = subject_of(other);
            if (manifests.contains(other) && subject && found.contains(*subject)) {
                found.insert(other);
            }
        }
        return found;
    }

    bool is_locked(std::uint32_t number) const {
        const auto manifest = manifests.find(number);
        if (manifest != manifests.end() && !manifest->second.attributes.may_be_deleted()) {
            return true;
        }
        return std::ranges::any_of(tags, [number](const auto& entry) {
            return entry.second.manifest == number && !entry.second.attributes.may_be_deleted();
        });
    }

    bool holds_locked() const {
        return std::ranges::any_of(manifests,
                                   [this](const auto& entry) { return is_locked(entry.first); });
    }

    void remove(std::uint32_t number) {
        for (const std::uint32_t gone : cascade(number)) {
            manifests.erase(gone);
            std::erase_if(tags,
                          [gone](const auto& entry) { return entry.second.manifest == gone; });
        }
        if (manifests.empty()) {
            attributes = Attributes();
            teleport_enabled = false;
        }
    }

    std::vector<std::string> tags_on(std::uint32_t number) const {
        std::vector<std::string> names;
        for (const auto& [name, tag] : tags) {
            if (tag.manifest == number) {
                names.push_back(name);
            }
        }
        return names;
    }

    std::vector<Place> listed_tags(const std::optional<std::uint32_t>& on) const {
        std::vector<Place> places;
        for (const auto& [name, tag] : tags) {
            if (tag.attributes.list_enabled && (!on || tag.manifest == *on)) {
                places.emplace_back(tag.updated, name);
            }
        }
        return places;
    }

    std::vector<Place> listed_manifests() const {
        std::vector<Place> places;
        for (const auto& [number, manifest] : manifests) {
            if (manifest.attributes.list_enabled) {
                places.emplace_back(manifest.updated, digest(number).text());
            }
        }
        return places;
    }
};

/// The names of `places` in `order` that come after `last`.
inline std::vector<std::string> names_after(std::vector<Place> places, Order order,
                                            const std::optional<Place>& last) {
    const auto before = [order](const Place& a, const Place& b) {
        switch (order) {
            case Order::oldest_first:
                return a < b;
            case Order::newest_first:
                return b < a;
            default:
                return a.second < b.second;
        }
    };
    std::ranges::sort(places, before);
    std::vector<std::string> names;
    for (const Place& place : places) {
        if (!last || before(*last, place)) {
            names.push_back(place.second);
        }
    }
    return names;
}

using Model = std::map<std::string, ModelRepository>;

}  // namespace berth::meta::testing
